-- The record of an installation: tenants, what people declared, the score of every day, and who did what.
--
-- Every table with a tenant_id is closed by row level security, also to its owner: a transaction sees the tenant that it
-- named in securescore.tenant, and without a name it sees nothing. tenant_summary can be read by the grants of
-- securescore.reader as well, because that is what views over many tenants read; grants by who manages people.

REVOKE CREATE ON SCHEMA public FROM PUBLIC;

-- Who is asking

CREATE FUNCTION current_tenant() RETURNS uuid LANGUAGE sql STABLE PARALLEL SAFE AS $$
    SELECT nullif(current_setting('securescore.tenant', true), '')::uuid
$$;

CREATE FUNCTION current_reader() RETURNS text LANGUAGE sql STABLE PARALLEL SAFE AS $$
    SELECT nullif(current_setting('securescore.reader', true), '')
$$;

CREATE FUNCTION manages_people() RETURNS boolean LANGUAGE sql STABLE PARALLEL SAFE AS $$
    SELECT coalesce(current_setting('securescore.people', true), '') = 'manage'
$$;

-- The installation

CREATE TABLE installation (
    installation_id uuid PRIMARY KEY,
    created_at timestamptz NOT NULL,
    key_fingerprint text,
    content_version text,
    content_due date,
    only_one boolean NOT NULL DEFAULT true UNIQUE CHECK (only_one)
);

-- The catalog and facts of each version that was in force

CREATE TABLE kept_content (
    version text PRIMARY KEY,
    packed bytea NOT NULL,
    kept_at timestamptz NOT NULL
);
ALTER TABLE kept_content ALTER COLUMN packed SET STORAGE EXTERNAL;

-- Tenants and their connections

CREATE TABLE tenant (
    tenant_id uuid PRIMARY KEY,
    directory_id text NOT NULL,
    name text NOT NULL,
    state text NOT NULL CHECK (state IN ('active', 'paused')),
    time_zone text NOT NULL,
    industry text,
    seats integer CHECK (seats > 0),
    region text,
    evidence_days integer NOT NULL CHECK (evidence_days > 0),
    device_days integer NOT NULL CHECK (device_days > 0),
    created_at timestamptz NOT NULL
);
CREATE UNIQUE INDEX tenant_directory_id ON tenant (directory_id);

CREATE TABLE connection (
    tenant_id uuid PRIMARY KEY REFERENCES tenant,
    client_id text,
    cloud text NOT NULL,
    credential_kind text NOT NULL,
    endpoints jsonb NOT NULL,
    ca_certificates text,
    credential_path text,
    sealed_secret bytea,
    changed_at timestamptz NOT NULL
);

CREATE TABLE tenant_group (
    group_id uuid PRIMARY KEY,
    name text NOT NULL UNIQUE
);

CREATE TABLE tenant_group_member (
    tenant_id uuid NOT NULL REFERENCES tenant,
    group_id uuid NOT NULL REFERENCES tenant_group ON DELETE CASCADE,
    PRIMARY KEY (tenant_id, group_id)
);
CREATE INDEX tenant_group_member_group ON tenant_group_member (group_id);

-- Invitations to be read by an application of ours. The secret is gone once somebody accepted.

CREATE TABLE invitation (
    nonce text PRIMARY KEY,
    name text NOT NULL,
    groups text[] NOT NULL,
    directory_id text,
    client_id text,
    cloud text NOT NULL,
    credential_kind text NOT NULL,
    endpoints jsonb NOT NULL,
    ca_certificates text,
    credential_path text,
    sealed_secret bytea,
    invited_by text NOT NULL,
    principal text NOT NULL,
    created_at timestamptz NOT NULL,
    expires_at timestamptz NOT NULL,
    used_at timestamptz
);
CREATE INDEX invitation_expires ON invitation (expires_at);

-- Who may do what: with neither tenant nor group a grant is for all tenants.

CREATE TABLE access_grant (
    grant_id uuid PRIMARY KEY,
    principal text NOT NULL,
    role text NOT NULL CHECK (role IN ('reader', 'writer', 'manager')),
    tenant_id uuid REFERENCES tenant,
    group_id uuid REFERENCES tenant_group ON DELETE CASCADE,
    granted_at timestamptz NOT NULL,
    granted_by text NOT NULL,
    CHECK (tenant_id IS NULL OR group_id IS NULL),
    UNIQUE NULLS NOT DISTINCT (principal, role, tenant_id, group_id)
);
CREATE INDEX access_grant_tenant ON access_grant (tenant_id);
CREATE INDEX access_grant_group ON access_grant (group_id);

-- What people declared

CREATE TABLE account (
    tenant_id uuid NOT NULL REFERENCES tenant,
    account_class text NOT NULL,
    name text NOT NULL,
    note text,
    declared_by text NOT NULL,
    declared_at timestamptz NOT NULL,
    PRIMARY KEY (tenant_id, account_class, name)
);

CREATE TABLE exclusion (
    tenant_id uuid NOT NULL REFERENCES tenant,
    number integer NOT NULL,
    actions text[] NOT NULL,
    entities text[] NOT NULL,
    reason text NOT NULL,
    owner text,
    expires date,
    declared_by text NOT NULL,
    declared_at timestamptz NOT NULL,
    ended_at timestamptz,
    ended_by text,
    PRIMARY KEY (tenant_id, number)
);

CREATE TABLE decision (
    tenant_id uuid NOT NULL REFERENCES tenant,
    number integer NOT NULL,
    action text NOT NULL,
    status text NOT NULL CHECK (status IN ('to_address', 'planned', 'risk_accepted', 'resolved_through_third_party',
                                           'resolved_through_alternate_mitigation')),
    entities text[],
    account_class text,
    note text,
    plan text,
    owner text,
    due date,
    evidence text,
    decided date NOT NULL,
    expires date,
    decided_by text NOT NULL,
    decided_at timestamptz NOT NULL,
    approved_by text,
    ended_at timestamptz,
    ended_by text,
    CHECK (entities IS NULL OR account_class IS NULL),
    PRIMARY KEY (tenant_id, number)
);
CREATE INDEX decision_standing ON decision (tenant_id, action) WHERE ended_at IS NULL;

-- What a tenant asks of decisions, and decisions that wait for somebody else to approve them

CREATE TABLE decision_policy (
    tenant_id uuid PRIMARY KEY REFERENCES tenant,
    statuses text[] NOT NULL,
    owner boolean NOT NULL,
    evidence boolean NOT NULL,
    expiry boolean NOT NULL,
    approval boolean NOT NULL,
    months integer NOT NULL CHECK (months > 0),
    changed_by text NOT NULL,
    changed_at timestamptz NOT NULL
);

CREATE TABLE decision_request (
    tenant_id uuid NOT NULL REFERENCES tenant,
    number integer NOT NULL,
    asked jsonb NOT NULL,
    requested_by text NOT NULL,
    requested_at timestamptz NOT NULL,
    lapses date NOT NULL,
    outcome text CHECK (outcome IN ('approved', 'refused', 'withdrawn')),
    settled_by text,
    settled_at timestamptz,
    reason text,
    decision integer,
    CHECK ((outcome IS NULL) = (settled_by IS NULL) AND (outcome IS NULL) = (settled_at IS NULL)),
    PRIMARY KEY (tenant_id, number)
);
CREATE INDEX decision_request_waiting ON decision_request (tenant_id) WHERE outcome IS NULL;

-- Decisions that are made alike for many tenants

CREATE TABLE decision_template (
    name text PRIMARY KEY,
    decisions jsonb NOT NULL,
    changed_by text NOT NULL,
    changed_at timestamptz NOT NULL
);
CREATE UNIQUE INDEX decision_template_name ON decision_template (lower(name));

CREATE TABLE action_tag (
    tenant_id uuid NOT NULL REFERENCES tenant,
    action text NOT NULL,
    tag text NOT NULL,
    PRIMARY KEY (tenant_id, action, tag)
);

-- Tasks that somebody says were done

CREATE TABLE attestation (
    tenant_id uuid NOT NULL REFERENCES tenant,
    number integer NOT NULL,
    action text NOT NULL,
    attested date NOT NULL,
    lapses date NOT NULL,
    note text,
    evidence text,
    attested_by text NOT NULL,
    attested_at timestamptz NOT NULL,
    ended_at timestamptz,
    ended_by text,
    CHECK (lapses > attested),
    PRIMARY KEY (tenant_id, number)
);

-- The score of every day, and why it moved. Points are micropoints.

CREATE TABLE snapshot (
    tenant_id uuid NOT NULL REFERENCES tenant,
    number integer NOT NULL,
    taken_at timestamptz NOT NULL,
    evidence_at timestamptz NOT NULL,
    trigger text NOT NULL CHECK (trigger IN ('catalog', 'expiry', 'exclusion', 'decision', 'scope', 'sync')),
    run_id text NOT NULL,
    catalog_version text NOT NULL,
    points bigint NOT NULL,
    verified bigint NOT NULL,
    maximum bigint NOT NULL,
    scope_maximum bigint NOT NULL,
    assessed bigint NOT NULL,
    views bigint[] NOT NULL,
    verified_views bigint[] NOT NULL,
    category_points bigint[] NOT NULL,
    category_verified bigint[] NOT NULL,
    category_maximum bigint[] NOT NULL,
    whole boolean NOT NULL,
    actions bytea NOT NULL,
    PRIMARY KEY (tenant_id, number)
);
CREATE INDEX snapshot_taken ON snapshot (tenant_id, taken_at);
ALTER TABLE snapshot ALTER COLUMN actions SET STORAGE EXTERNAL;

CREATE TABLE activity (
    tenant_id uuid NOT NULL REFERENCES tenant,
    snapshot integer NOT NULL,
    at timestamptz NOT NULL,
    author text NOT NULL,
    about jsonb,
    effects bytea NOT NULL,
    PRIMARY KEY (tenant_id, snapshot),
    FOREIGN KEY (tenant_id, snapshot) REFERENCES snapshot
);
ALTER TABLE activity ALTER COLUMN effects SET STORAGE EXTERNAL;

-- Microsoft's own score of each day, as Microsoft told it: beside our history, never a part of it.

CREATE TABLE native_day (
    tenant_id uuid NOT NULL REFERENCES tenant,
    day date NOT NULL,
    points bigint NOT NULL,
    maximum bigint NOT NULL,
    category_points bigint[] NOT NULL,
    active_users integer,
    licensed_users integer,
    PRIMARY KEY (tenant_id, day)
);

-- Runs whose evidence is kept however old it is.

CREATE TABLE pinned_run (
    tenant_id uuid NOT NULL REFERENCES tenant,
    run_id text NOT NULL,
    reason text NOT NULL,
    pinned_by text NOT NULL,
    pinned_at timestamptz NOT NULL,
    PRIMARY KEY (tenant_id, run_id)
);

CREATE TABLE tenant_summary (
    tenant_id uuid PRIMARY KEY REFERENCES tenant,
    directory_id text NOT NULL,
    name text NOT NULL,
    state text NOT NULL,
    health text NOT NULL CHECK (health IN ('new', 'fine', 'incomplete', 'failing', 'paused')),
    problem text,
    time_zone text NOT NULL,
    attempts integer NOT NULL DEFAULT 0,
    tried_at timestamptz,
    synced_at timestamptz,
    snapshot integer,
    points bigint,
    verified bigint,
    maximum bigint,
    assessed_share double precision
);

-- Who did what. Each entry holds the hash of the one before, so that none can be changed or taken out unnoticed. The
-- entries about the installation itself are those of the tenant 00000000-0000-0000-0000-000000000000.

CREATE TABLE audit_entry (
    tenant_id uuid NOT NULL,
    number bigint NOT NULL,
    at timestamptz NOT NULL,
    actor text NOT NULL,
    origin text NOT NULL,
    act text NOT NULL,
    target text NOT NULL,
    before text,
    after text,
    previous bytea NOT NULL,
    hash bytea NOT NULL,
    PRIMARY KEY (tenant_id, number)
);

CREATE FUNCTION audit_hash(previous bytea, VARIADIC fields text[]) RETURNS bytea LANGUAGE sql IMMUTABLE AS $$
    SELECT sha256(previous || convert_to(string_agg(
        CASE WHEN field IS NULL THEN '-' ELSE octet_length(convert_to(field, 'UTF8')) || ':' || field END, ',' ORDER BY place
    ), 'UTF8'))
    FROM unnest(fields) WITH ORDINALITY AS given (field, place)
$$;

CREATE FUNCTION append_audit(
    about uuid, actor text, origin text, act text, target text, before text, after text
) RETURNS bigint LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, public, pg_temp AS $$
DECLARE
    kept text := current_setting('securescore.tenant', true);
    newest record;
    entry bigint;
    moment timestamptz;
BEGIN
    IF about <> '00000000-0000-0000-0000-000000000000' AND about IS DISTINCT FROM current_tenant() THEN
        RAISE EXCEPTION 'an entry about tenant % cannot be written while another tenant is worked on', about;
    END IF;
    PERFORM pg_advisory_xact_lock(hashtextextended('audit ' || about, 0));
    PERFORM set_config('securescore.tenant', about::text, true);
    SELECT number, hash INTO newest FROM audit_entry WHERE tenant_id = about ORDER BY number DESC LIMIT 1;
    entry := coalesce(newest.number, 0) + 1;
    moment := clock_timestamp();
    INSERT INTO audit_entry VALUES (
        about, entry, moment, actor, origin, act, target, before, after, coalesce(newest.hash, ''::bytea),
        audit_hash(
            coalesce(newest.hash, ''::bytea), about::text, entry::text,
            to_char(moment AT TIME ZONE 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.US"Z"'), actor, origin, act, target, before, after
        )
    );
    PERFORM set_config('securescore.tenant', coalesce(kept, ''), true);
    RETURN entry;
END
$$;

-- The only way to remove a tenant. What it leaves behind: the audit entries of the tenant, and one about its removal.

CREATE FUNCTION remove_tenant(removed uuid, actor text, origin text) RETURNS void
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, public, pg_temp AS $$
DECLARE
    gone record;
BEGIN
    PERFORM set_config('securescore.tenant', removed::text, true);
    SELECT directory_id, name INTO gone FROM tenant WHERE tenant_id = removed FOR UPDATE;
    IF NOT FOUND THEN
        RAISE EXCEPTION 'there is no tenant %', removed;
    END IF;
    DELETE FROM tenant_summary WHERE tenant_id = removed;
    DELETE FROM pinned_run WHERE tenant_id = removed;
    DELETE FROM native_day WHERE tenant_id = removed;
    DELETE FROM activity WHERE tenant_id = removed;
    DELETE FROM snapshot WHERE tenant_id = removed;
    DELETE FROM attestation WHERE tenant_id = removed;
    DELETE FROM action_tag WHERE tenant_id = removed;
    DELETE FROM decision_request WHERE tenant_id = removed;
    DELETE FROM decision_policy WHERE tenant_id = removed;
    DELETE FROM decision WHERE tenant_id = removed;
    DELETE FROM exclusion WHERE tenant_id = removed;
    DELETE FROM account WHERE tenant_id = removed;
    DELETE FROM access_grant WHERE tenant_id = removed;
    DELETE FROM tenant_group_member WHERE tenant_id = removed;
    DELETE FROM connection WHERE tenant_id = removed;
    DELETE FROM tenant WHERE tenant_id = removed;
    PERFORM append_audit(
        '00000000-0000-0000-0000-000000000000', actor, origin, 'tenant.remove', removed::text,
        json_build_object('directory_id', gone.directory_id, 'name', gone.name)::text, NULL
    );
    PERFORM set_config('securescore.tenant', '', true);
END
$$;

-- Row level security

DO $$
DECLARE
    name text;
BEGIN
    FOREACH name IN ARRAY ARRAY['tenant', 'connection', 'tenant_group_member', 'access_grant', 'account', 'exclusion', 'decision',
                                'decision_policy', 'decision_request', 'action_tag', 'attestation',
                                'snapshot', 'activity', 'native_day', 'pinned_run', 'tenant_summary', 'audit_entry'] LOOP
        EXECUTE format('ALTER TABLE %I ENABLE ROW LEVEL SECURITY', name);
        EXECUTE format('ALTER TABLE %I FORCE ROW LEVEL SECURITY', name);
        EXECUTE format(
            'CREATE POLICY of_tenant ON %I USING (tenant_id = current_tenant()) WITH CHECK (tenant_id = current_tenant())', name
        );
    END LOOP;
END
$$;

CREATE POLICY own ON access_grant FOR SELECT USING (principal = current_reader());
CREATE POLICY of_people ON access_grant USING (manages_people()) WITH CHECK (manages_people());
CREATE POLICY of_reader ON tenant_group_member FOR SELECT
    USING (
        group_id IN (SELECT g.group_id FROM access_grant AS g WHERE g.principal = current_reader())
        OR (SELECT EXISTS (
            SELECT FROM access_grant AS g WHERE g.principal = current_reader() AND g.tenant_id IS NULL AND g.group_id IS NULL
        ))
    );
CREATE POLICY granted ON tenant_summary FOR SELECT USING (
    (SELECT EXISTS (
        SELECT FROM access_grant AS g WHERE g.principal = current_reader() AND g.tenant_id IS NULL AND g.group_id IS NULL
    ))
    OR tenant_id IN (SELECT g.tenant_id FROM access_grant AS g WHERE g.principal = current_reader())
    OR tenant_id IN (
        SELECT m.tenant_id FROM tenant_group_member AS m JOIN access_grant AS g USING (group_id)
        WHERE g.principal = current_reader()
    )
);

-- Who runs the program on its machine, and the program itself, read every tenant.

SELECT set_config('securescore.people', 'manage', true);
INSERT INTO access_grant VALUES
    ('00000000-0000-0000-0000-000000000001', 'operator', 'manager', NULL, NULL, now(), 'securescore'),
    ('00000000-0000-0000-0000-000000000002', 'system', 'manager', NULL, NULL, now(), 'securescore');
SELECT set_config('securescore.people', '', true);
