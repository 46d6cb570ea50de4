#!/usr/bin/env bash
# Registers an application that lets securescore read this tenant, and nothing else: read-only permissions,
# and a certificate whose private key never leaves this machine.
#
# Read it first. Then sign in with an account that may register applications and consent to permissions
# (Privileged Role Administrator, or Global Administrator), and run it:
#
#   az login --tenant YOUR-TENANT --allow-no-subscriptions
#   bash register.sh [NAME] [FOLDER]
#
# It leaves FOLDER/tenant.toml, ready for: securescore collect --tenant FOLDER/tenant.toml --out evidence
set -euo pipefail
umask 077

name="${1:-securescore}"
folder="${2:-securescore-tenant}"
days=365
graph="00000003-0000-0000-c000-000000000000"
permissions=(
@PERMISSIONS@
)

stop() {
    echo "stopped: $1" >&2
    exit 1
}

for tool in az openssl; do
    command -v "$tool" >/dev/null || stop "$tool is not installed"
done
tenant_id="$(az account show --query tenantId --output tsv)" || stop "sign in first: az login"
[ ! -e "$folder/tenant.toml" ] || stop "$folder/tenant.toml is there already; give another FOLDER, or remove it first"
found="$(az ad app list --filter "displayName eq '$name'" --query "length(@)" --output tsv)"
[ "$found" = 0 ] || stop "an application called $name is registered already; give another NAME"

case "$(az cloud show --query name --output tsv)" in
    AzureCloud) cloud=global ;;
    AzureUSGovernment) cloud=gcc_high ;; # for DoD write dod into tenant.toml afterwards
    AzureChinaCloud) cloud=china ;;
    *) stop "this cloud is not known to securescore" ;;
esac
graph_url="$(az cloud show --query endpoints.microsoftGraphResourceId --output tsv)"
graph_url="${graph_url%/}"

echo "Making a certificate that is valid for $days days"
mkdir -p "$folder"
openssl req -x509 -newkey rsa:3072 -sha256 -nodes -days "$days" -subj "/CN=$name" \
    -keyout "$folder/key.pem" -out "$folder/certificate.pem" 2>/dev/null
cat "$folder/key.pem" "$folder/certificate.pem" >"$folder/app.pem"
rm "$folder/key.pem"

echo "Registering the application $name in tenant $tenant_id"
client_id="$(az ad app create --display-name "$name" --sign-in-audience AzureADMyOrg --query appId --output tsv)"
az ad app credential reset --id "$client_id" --cert "@$folder/certificate.pem" --append --output none
service_principal="$(az ad sp create --id "$client_id" --query id --output tsv)"
graph_principal="$(az ad sp show --id "$graph" --query id --output tsv)"

for permission in "${permissions[@]}"; do
    role="$(az ad sp show --id "$graph" --output tsv \
        --query "appRoles[?value=='$permission' && contains(allowedMemberTypes, 'Application')].id | [0]")"
    if [ -z "$role" ]; then
        echo "  $permission: not offered in this cloud, left out"
        continue
    fi
    az ad app permission add --id "$client_id" --api "$graph" --api-permissions "$role=Role" --only-show-errors
    # an assignment is what an administrator's consent consists of
    az rest --method POST --output none \
        --url "$graph_url/v1.0/servicePrincipals/$service_principal/appRoleAssignments" \
        --headers "Content-Type=application/json" \
        --body "{\"principalId\":\"$service_principal\",\"resourceId\":\"$graph_principal\",\"appRoleId\":\"$role\"}"
    echo "  $permission: granted"
done

cat >"$folder/tenant.toml" <<TOML
tenant_id = "$tenant_id"
client_id = "$client_id"
certificate_file = "app.pem"
cloud = "$cloud"
TOML
echo "Done. $folder/tenant.toml says:"
cat "$folder/tenant.toml"
echo "Keep $folder/app.pem secret: whoever has it can read this tenant."
