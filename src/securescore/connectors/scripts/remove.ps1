<#
Removes the application that register.ps1 registered, with its certificate.

    ./remove.ps1 [-Folder securescore-tenant] [-Environment Global]
#>
#Requires -Version 7.4
#Requires -Modules Microsoft.Graph.Applications
param(
    [string] $Folder = 'securescore-tenant',
    [ValidateSet('Global', 'USGov', 'USGovDoD', 'China')]
    [string] $Environment = 'Global'
)
Set-StrictMode -Version Latest
$ErrorActionPreference = 'Stop'

$file = Join-Path $Folder 'tenant.toml'
if (-not (Test-Path $file)) { throw "$file is not there; give the folder that register.ps1 made" }
$values = @{}
foreach ($line in Get-Content $file) {
    if ($line -match '^(?<key>\w+) = "(?<value>.*)"$') { $values[$Matches.key] = $Matches.value }
}
if (-not ($values.client_id -and $values.tenant_id)) { throw "$file names no application" }

Connect-MgGraph -Environment $Environment -NoWelcome -TenantId $values.tenant_id -Scopes 'Application.ReadWrite.All'
$application = Get-MgApplication -Filter "appId eq '$($values.client_id)'"
if (-not $application) { throw "there is no application $($values.client_id)" }
$answer = Read-Host "Remove the application $($application.DisplayName) ($($values.client_id))? [y/N]"
if ($answer -ne 'y') { throw 'nothing was removed' }

Remove-MgApplication -ApplicationId $application.Id
foreach ($name in 'app.pem', 'tenant.toml') {
    Remove-Item (Join-Path $Folder $name) -ErrorAction SilentlyContinue
}
Write-Host 'Removed. The tenant keeps a deleted application for 30 days; evidence that was collected stays where it is.'
