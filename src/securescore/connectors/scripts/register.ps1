<#
Registers an application that lets securescore read this tenant, and nothing else: permissions that only read, the one
that Exchange asks of every application and that opens only what its directory role may see, that role (Global Reader),
and a certificate whose private key never leaves this machine.

Read it first. It needs PowerShell 7.4 or newer and the module Microsoft.Graph.Applications, and an account that
may register applications, consent to permissions and assign directory roles (Privileged Role Administrator, or
Global Administrator):

    ./register.ps1 [-Name securescore] [-Folder securescore-tenant] [-Environment Global]

It leaves Folder/tenant.toml, ready for: securescore collect --tenant Folder/tenant.toml --out evidence
#>
#Requires -Version 7.4
#Requires -Modules Microsoft.Graph.Applications
param(
    [string] $Name = 'securescore',
    [string] $Folder = 'securescore-tenant',
    [ValidateSet('Global', 'USGov', 'USGovDoD', 'China')]
    [string] $Environment = 'Global'
)
Set-StrictMode -Version Latest
$ErrorActionPreference = 'Stop'

$days = 365
$cloud = @{ Global = 'global'; USGov = 'gcc_high'; USGovDoD = 'dod'; China = 'china' }[$Environment]
$service = $null
$granted = [System.Collections.Generic.List[object]]::new()
$directoryRoles = [System.Collections.Generic.List[object]]::new()

# Finds a service of Microsoft, which a tenant that never had its licence may be without.
function Use-Service([string] $ServiceName, [string] $AppId) {
    $script:service = Get-MgServicePrincipal -Filter "appId eq '$AppId'"
    if (-not $script:service) { Write-Host "This tenant does not have ${ServiceName}: what belongs to it is left out." }
}

# Notes a permission of that service, looked up by its name.
function Add-Permission([string] $Permission) {
    if (-not $script:service) { return }
    $role = $script:service.AppRoles |
        Where-Object { $_.Value -eq $Permission -and $_.AllowedMemberTypes -contains 'Application' }
    if ($role) { $script:granted.Add(@{ Service = $script:service; Role = $role }) }
    else { Write-Warning "$Permission is not offered in this cloud, left out" }
}

# Notes the directory role without which that service shows the application nothing.
function Add-DirectoryRole([string] $RoleName, [string] $RoleId) {
    if ($script:service) { $script:directoryRoles.Add(@{ Name = $RoleName; Id = $RoleId }) }
}

$file = Join-Path $Folder 'tenant.toml'
if (Test-Path $file) { throw "$file is there already; give another folder, or remove it first" }

# what the person needs who runs this script; the application itself gets none of it
Connect-MgGraph -Environment $Environment -NoWelcome -Scopes @(
    'Application.ReadWrite.All', 'AppRoleAssignment.ReadWrite.All', 'RoleManagement.ReadWrite.Directory')
$tenantId = (Get-MgContext).TenantId
$quotedName = $Name.Replace("'", "''")
if (Get-MgApplication -Filter "displayName eq '$quotedName'") {
    throw "an application called $Name is registered already; give another name"
}

Write-Host "Making a certificate that is valid for $days days"
$null = New-Item -ItemType Directory -Path $Folder -Force
$key = [System.Security.Cryptography.RSA]::Create(3072)
$request = [System.Security.Cryptography.X509Certificates.CertificateRequest]::new(
    "CN=$Name", $key,
    [System.Security.Cryptography.HashAlgorithmName]::SHA256,
    [System.Security.Cryptography.RSASignaturePadding]::Pkcs1)
$now = [System.DateTimeOffset]::UtcNow
$certificate = $request.CreateSelfSigned($now.AddMinutes(-5), $now.AddDays($days))
$pem = Join-Path $Folder 'app.pem'
$null = New-Item -ItemType File -Path $pem -Force
if (-not $IsWindows) { chmod 600 $pem }
Set-Content -Path $pem -Value ($key.ExportPkcs8PrivateKeyPem() + "`n" + $certificate.ExportCertificatePem())

Write-Host "Registering the application $Name in tenant $tenantId"
@PERMISSIONS@
$access = foreach ($group in $granted | Group-Object { $_.Service.AppId }) {
    @{
        ResourceAppId  = $group.Name
        ResourceAccess = @($group.Group | ForEach-Object { @{ Id = $_.Role.Id; Type = 'Role' } })
    }
}
$application = New-MgApplication -DisplayName $Name -SignInAudience 'AzureADMyOrg' `
    -RequiredResourceAccess @($access) `
    -KeyCredentials @(@{
        Type        = 'AsymmetricX509Cert'
        Usage       = 'Verify'
        DisplayName = "CN=$Name"
        Key         = $certificate.RawData
    })
# if anything below fails, this is what the script that removes it needs
Set-Content -Path $file -Value @"
tenant_id = "$tenantId"
client_id = "$($application.AppId)"
certificate_file = "app.pem"
cloud = "$cloud"
"@
$principal = New-MgServicePrincipal -AppId $application.AppId

foreach ($one in $granted) {
    # an assignment is what an administrator's consent consists of
    $null = New-MgServicePrincipalAppRoleAssignment -ServicePrincipalId $principal.Id `
        -PrincipalId $principal.Id -ResourceId $one.Service.Id -AppRoleId $one.Role.Id
    Write-Host "  $($one.Service.DisplayName), $($one.Role.Value): granted"
}
foreach ($role in $directoryRoles) {
    $null = Invoke-MgGraphRequest -Method POST -Uri 'v1.0/roleManagement/directory/roleAssignments' -Body @{
        principalId      = $principal.Id
        roleDefinitionId = $role.Id
        directoryScopeId = '/'
    }
    Write-Host "  directory role $($role.Name): assigned"
}

Write-Host "Done. $file says:"
Get-Content $file
Write-Host "Keep $pem secret: whoever has it can read this tenant."
