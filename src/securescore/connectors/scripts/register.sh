#!/usr/bin/env bash
# Registers an application that lets securescore read this tenant, and nothing else: permissions that only read, the one
# that Exchange asks of every application and that opens only what its directory role may see, that role (Global Reader),
# and a certificate whose private key never leaves this machine.
#
# Read it first. Then sign in with an account that may register applications, consent to permissions and assign
# directory roles (Privileged Role Administrator, or Global Administrator), and run it:
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

stop() {
    echo "stopped: $1" >&2
    exit 1
}

# Finds a service of Microsoft, which a tenant that never had its licence may be without.
service() { # NAME APPLICATION-ID
    service="$1"
    service_app="$2"
    service_id="$(az ad sp list --filter "appId eq '$service_app'" --query "[0].id" --output tsv)"
    if [ -z "$service_id" ]; then
        echo "This tenant does not have $service: what belongs to it is left out."
        return
    fi
    echo "$service"
    service_roles="$(az ad sp show --id "$service_id" --output tsv \
        --query "appRoles[?contains(allowedMemberTypes, 'Application')].[value, id]")"
}

# Grants a permission of that service, looked up by its name.
grant() { # PERMISSION
    [ -n "$service_id" ] || return 0
    role="$(awk -F '\t' -v name="$1" 'tolower($1) == tolower(name) { print $2; exit }' <<<"$service_roles")"
    if [ -z "$role" ]; then
        echo "  $1: not offered in this cloud, left out"
        return
    fi
    az ad app permission add --id "$client_id" --api "$service_app" --api-permissions "$role=Role" --only-show-errors
    # an assignment is what an administrator's consent consists of
    az rest --method POST --output none \
        --url "$graph_url/v1.0/servicePrincipals/$service_principal/appRoleAssignments" \
        --headers "Content-Type=application/json" \
        --body "{\"principalId\":\"$service_principal\",\"resourceId\":\"$service_id\",\"appRoleId\":\"$role\"}"
    echo "  $1: granted"
}

# Assigns the directory role without which that service shows the application nothing.
assign() { # ROLE ROLE-ID
    [ -n "$service_id" ] || return 0
    az rest --method POST --output none \
        --url "$graph_url/v1.0/roleManagement/directory/roleAssignments" \
        --headers "Content-Type=application/json" \
        --body "{\"principalId\":\"$service_principal\",\"roleDefinitionId\":\"$2\",\"directoryScopeId\":\"/\"}"
    echo "  directory role $1: assigned"
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
cat >"$folder/tenant.toml" <<TOML
tenant_id = "$tenant_id"
client_id = "$client_id"
certificate_file = "app.pem"
cloud = "$cloud"
TOML
trap 'echo "stopped half-way: $folder/tenant.toml names what is registered. Take it away with the script that removes it, then run this again" >&2' EXIT
az ad app credential reset --id "$client_id" --cert "@$folder/certificate.pem" --append --output none
service_principal="$(az ad sp create --id "$client_id" --query id --output tsv)"

@PERMISSIONS@

trap - EXIT
echo "Done. $folder/tenant.toml says:"
cat "$folder/tenant.toml"
echo "Keep $folder/app.pem secret: whoever has it can read this tenant."
