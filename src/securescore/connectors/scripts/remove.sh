#!/usr/bin/env bash
# Removes the application that register.sh registered, with its certificate.
#
#   az login --tenant YOUR-TENANT --allow-no-subscriptions
#   bash remove.sh [FOLDER]
set -euo pipefail

folder="${1:-securescore-tenant}"

stop() {
    echo "stopped: $1" >&2
    exit 1
}

value_of() {
    sed -n "s/^$1 = \"\(.*\)\"\$/\1/p" "$folder/tenant.toml"
}

command -v az >/dev/null || stop "az is not installed"
[ -f "$folder/tenant.toml" ] || stop "$folder/tenant.toml is not there; give the FOLDER that register.sh made"
client_id="$(value_of client_id)"
tenant_id="$(value_of tenant_id)"
[ -n "$client_id" ] && [ -n "$tenant_id" ] || stop "$folder/tenant.toml names no application"
signed_in="$(az account show --query tenantId --output tsv)" || stop "sign in first: az login"
[ "$signed_in" = "$tenant_id" ] || stop "you are signed in to $signed_in, but the application is in $tenant_id"

name="$(az ad app show --id "$client_id" --query displayName --output tsv)" || stop "there is no application $client_id"
read -r -p "Remove the application $name ($client_id) from tenant $tenant_id? [y/N] " answer
[ "$answer" = y ] || stop "nothing was removed"

az ad app delete --id "$client_id"
rm -f "$folder/app.pem" "$folder/certificate.pem" "$folder/tenant.toml"
rmdir "$folder" 2>/dev/null || true
echo "Removed. The tenant keeps a deleted application for 30 days; evidence that was collected stays where it is."
