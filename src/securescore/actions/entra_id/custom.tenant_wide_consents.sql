WITH far_reaching(scope) AS (
    VALUES
        ('Mail.Read'), ('Mail.ReadWrite'), ('Mail.Send'), ('Mail.Read.Shared'), ('Mail.ReadWrite.Shared'),
        ('Mail.Send.Shared'), ('MailboxSettings.ReadWrite'), ('EWS.AccessAsUser.All'),
        ('IMAP.AccessAsUser.All'), ('POP.AccessAsUser.All'), ('SMTP.Send'), ('Exchange.Manage'),
        ('Files.Read.All'), ('Files.ReadWrite.All'), ('Sites.Read.All'), ('Sites.ReadWrite.All'),
        ('Sites.Manage.All'), ('Sites.FullControl.All'), ('AllSites.Read'), ('AllSites.Write'),
        ('AllSites.Manage'), ('AllSites.FullControl'), ('MyFiles.Read'), ('MyFiles.Write'),
        ('Notes.Read.All'), ('Notes.ReadWrite.All'), ('Chat.Read'), ('Chat.ReadWrite'),
        ('Chat.ReadWrite.All'), ('ChannelMessage.Read.All'), ('Directory.ReadWrite.All'),
        ('Directory.AccessAsUser.All'), ('User.ReadWrite.All'), ('User.EnableDisableAccount.All'),
        ('Group.ReadWrite.All'), ('GroupMember.ReadWrite.All'), ('Domain.ReadWrite.All'),
        ('Organization.ReadWrite.All'), ('RoleManagement.ReadWrite.Directory'),
        ('RoleManagement.ReadWrite.All'), ('PrivilegedAccess.ReadWrite.AzureAD'),
        ('PrivilegedAccess.ReadWrite.AzureADGroup'), ('Application.ReadWrite.All'),
        ('AppRoleAssignment.ReadWrite.All'), ('DelegatedPermissionGrant.ReadWrite.All'),
        ('UserAuthenticationMethod.ReadWrite.All'), ('Policy.ReadWrite.ConditionalAccess'),
        ('Policy.ReadWrite.Authorization'), ('Policy.ReadWrite.AuthenticationMethod'),
        ('Policy.ReadWrite.PermissionGrant'), ('Policy.ReadWrite.SecurityDefaults'),
        ('Policy.ReadWrite.CrossTenantAccess'), ('DeviceManagementConfiguration.ReadWrite.All'),
        ('DeviceManagementManagedDevices.ReadWrite.All'),
        ('DeviceManagementManagedDevices.PrivilegedOperations.All'), ('DeviceManagementRBAC.ReadWrite.All'),
        ('BitlockerKey.Read.All'), ('eDiscovery.ReadWrite.All'), ('SecurityEvents.ReadWrite.All')
),
granted AS (
    SELECT service_principal_id, consent, scope
    FROM delegated_grants
    WHERE service_principal_id IS NOT NULL AND lower(consent) IS DISTINCT FROM 'principal'
),
words AS (
    SELECT DISTINCT service_principal_id, unnest(string_split(lower(trim(scope)), ' ')) AS word
    FROM granted
    WHERE lower(consent) = 'allprincipals'
),
found AS (
    SELECT w.service_principal_id, string_agg(f.scope, ', ' ORDER BY f.scope) AS scopes
    FROM words AS w
    JOIN far_reaching AS f ON lower(f.scope) = w.word
    GROUP BY w.service_principal_id
),
clients AS (
    SELECT
        service_principal_id,
        count_if(scope IS NULL OR lower(consent) IS DISTINCT FROM 'allprincipals') > 0 AS unclear
    FROM granted
    GROUP BY service_principal_id
),
judged AS (
    SELECT
        c.service_principal_id,
        s.service_principal_name,
        nullif(trim(s.verified_publisher), '') AS publisher,
        f.scopes,
        CASE
            WHEN s.enabled IS NULL THEN 'application_unclear'
            WHEN f.scopes IS NOT NULL AND trim(s.verified_publisher) <> '' THEN 'far_reaching'
            WHEN f.scopes IS NOT NULL THEN 'far_reaching_unverified'
            WHEN c.unclear THEN 'grant_unclear'
            ELSE 'modest'
        END AS code
    FROM clients AS c
    LEFT JOIN found AS f ON f.service_principal_id = c.service_principal_id
    LEFT JOIN service_principals AS s ON s.service_principal_id = c.service_principal_id
    WHERE s.enabled IS DISTINCT FROM false
)
SELECT
    cast(service_principal_id AS varchar) AS entity_id,
    coalesce(service_principal_name, cast(service_principal_id AS varchar)) AS entity_name,
    CASE
        WHEN code = 'modest' THEN 'protected'
        WHEN code IN ('far_reaching', 'far_reaching_unverified') THEN 'exposed'
        ELSE 'unknown'
    END AS verdict,
    CASE code
        WHEN 'far_reaching' THEN json_object('code', code, 'publisher', publisher, 'scopes', scopes)
        WHEN 'far_reaching_unverified' THEN json_object('code', code, 'scopes', scopes)
        ELSE json_object('code', code)
    END AS detail
FROM judged
