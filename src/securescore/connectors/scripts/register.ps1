<#
Registers an application that lets securescore read this tenant, and nothing else: read-only permissions,
and a certificate whose private key never leaves this machine.

Read it first. It needs PowerShell 7.4 or newer and the module Microsoft.Graph.Applications, and an account that
may register applications and consent to permissions (Privileged Role Administrator, or Global Administrator):

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
$graphAppId = '00000003-0000-0000-c000-000000000000'
$cloud = @{ Global = 'global'; USGov = 'gcc_high'; USGovDoD = 'dod'; China = 'china' }[$Environment]
$permissions = @(
@PERMISSIONS@
)

$file = Join-Path $Folder 'tenant.toml'
if (Test-Path $file) { throw "$file is there already; give another folder, or remove it first" }

# what the person needs who runs this script; the application itself gets none of it
Connect-MgGraph -Environment $Environment -NoWelcome -Scopes 'Application.ReadWrite.All', 'AppRoleAssignment.ReadWrite.All'
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
$graph = Get-MgServicePrincipal -Filter "appId eq '$graphAppId'"
$roles = foreach ($permission in $permissions) {
    $role = $graph.AppRoles | Where-Object { $_.Value -eq $permission -and $_.AllowedMemberTypes -contains 'Application' }
    if ($role) { $role } else { Write-Warning "$permission is not offered in this cloud, left out" }
}
$application = New-MgApplication -DisplayName $Name -SignInAudience 'AzureADMyOrg' `
    -RequiredResourceAccess @(@{
        ResourceAppId  = $graphAppId
        ResourceAccess = @($roles | ForEach-Object { @{ Id = $_.Id; Type = 'Role' } })
    }) `
    -KeyCredentials @(@{
        Type        = 'AsymmetricX509Cert'
        Usage       = 'Verify'
        DisplayName = "CN=$Name"
        Key         = $certificate.RawData
    })
$principal = New-MgServicePrincipal -AppId $application.AppId

foreach ($role in $roles) {
    # an assignment is what an administrator's consent consists of
    $null = New-MgServicePrincipalAppRoleAssignment -ServicePrincipalId $principal.Id `
        -PrincipalId $principal.Id -ResourceId $graph.Id -AppRoleId $role.Id
    Write-Host "  $($role.Value): granted"
}

Set-Content -Path $file -Value @"
tenant_id = "$tenantId"
client_id = "$($application.AppId)"
certificate_file = "app.pem"
cloud = "$cloud"
"@
Write-Host "Done. $file says:"
Get-Content $file
Write-Host "Keep $pem secret: whoever has it can read this tenant."
