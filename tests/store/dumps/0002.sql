--
-- PostgreSQL database dump
--



SET statement_timeout = 0;
SET lock_timeout = 0;
SET idle_in_transaction_session_timeout = 0;
SET client_encoding = 'UTF8';
SET standard_conforming_strings = on;
SELECT pg_catalog.set_config('search_path', '', false);
SET check_function_bodies = false;
SET xmloption = content;
SET client_min_messages = warning;
SET row_security = off;

--
-- Name: public; Type: SCHEMA; Schema: -; Owner: -
--

CREATE SCHEMA public;


--
-- Name: SCHEMA public; Type: COMMENT; Schema: -; Owner: -
--

COMMENT ON SCHEMA public IS 'standard public schema';


--
-- Name: procrastinate_job_event_type; Type: TYPE; Schema: public; Owner: -
--

CREATE TYPE public.procrastinate_job_event_type AS ENUM (
    'deferred',
    'started',
    'deferred_for_retry',
    'failed',
    'succeeded',
    'cancelled',
    'abort_requested',
    'aborted',
    'scheduled',
    'retried'
);


--
-- Name: procrastinate_job_status; Type: TYPE; Schema: public; Owner: -
--

CREATE TYPE public.procrastinate_job_status AS ENUM (
    'todo',
    'doing',
    'succeeded',
    'failed',
    'cancelled',
    'aborting',
    'aborted'
);


--
-- Name: procrastinate_job_to_defer_v1; Type: TYPE; Schema: public; Owner: -
--

CREATE TYPE public.procrastinate_job_to_defer_v1 AS (
	queue_name character varying,
	task_name character varying,
	priority integer,
	lock text,
	queueing_lock text,
	args jsonb,
	scheduled_at timestamp with time zone
);


--
-- Name: append_audit(uuid, text, text, text, text, text, text); Type: FUNCTION; Schema: public; Owner: -
--

CREATE FUNCTION public.append_audit(about uuid, actor text, origin text, act text, target text, before text, after text) RETURNS bigint
    LANGUAGE plpgsql SECURITY DEFINER
    SET search_path TO 'pg_catalog', 'public', 'pg_temp'
    AS $$
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


--
-- Name: audit_hash(bytea, text[]); Type: FUNCTION; Schema: public; Owner: -
--

CREATE FUNCTION public.audit_hash(previous bytea, VARIADIC fields text[]) RETURNS bytea
    LANGUAGE sql IMMUTABLE
    AS $$
    SELECT sha256(previous || convert_to(string_agg(
        CASE WHEN field IS NULL THEN '-' ELSE octet_length(convert_to(field, 'UTF8')) || ':' || field END, ',' ORDER BY place
    ), 'UTF8'))
    FROM unnest(fields) WITH ORDINALITY AS given (field, place)
$$;


--
-- Name: current_reader(); Type: FUNCTION; Schema: public; Owner: -
--

CREATE FUNCTION public.current_reader() RETURNS text
    LANGUAGE sql STABLE PARALLEL SAFE
    AS $$
    SELECT nullif(current_setting('securescore.reader', true), '')
$$;


--
-- Name: current_tenant(); Type: FUNCTION; Schema: public; Owner: -
--

CREATE FUNCTION public.current_tenant() RETURNS uuid
    LANGUAGE sql STABLE PARALLEL SAFE
    AS $$
    SELECT nullif(current_setting('securescore.tenant', true), '')::uuid
$$;


--
-- Name: manages_people(); Type: FUNCTION; Schema: public; Owner: -
--

CREATE FUNCTION public.manages_people() RETURNS boolean
    LANGUAGE sql STABLE PARALLEL SAFE
    AS $$
    SELECT coalesce(current_setting('securescore.people', true), '') = 'manage'
$$;


--
-- Name: procrastinate_cancel_job_v1(bigint, boolean, boolean); Type: FUNCTION; Schema: public; Owner: -
--

CREATE FUNCTION public.procrastinate_cancel_job_v1(job_id bigint, abort boolean, delete_job boolean) RETURNS bigint
    LANGUAGE plpgsql
    AS $$
DECLARE
    _job_id bigint;
BEGIN
    IF delete_job THEN
        DELETE FROM procrastinate_jobs
        WHERE id = job_id AND status = 'todo'
        RETURNING id INTO _job_id;
    END IF;
    IF _job_id IS NULL THEN
        IF abort THEN
            UPDATE procrastinate_jobs
            SET abort_requested = true,
                status = CASE status
                    WHEN 'todo' THEN 'cancelled'::procrastinate_job_status ELSE status
                END
            WHERE id = job_id AND status IN ('todo', 'doing')
            RETURNING id INTO _job_id;
        ELSE
            UPDATE procrastinate_jobs
            SET status = 'cancelled'::procrastinate_job_status
            WHERE id = job_id AND status = 'todo'
            RETURNING id INTO _job_id;
        END IF;
    END IF;
    RETURN _job_id;
END;
$$;


--
-- Name: procrastinate_defer_jobs_v1(public.procrastinate_job_to_defer_v1[]); Type: FUNCTION; Schema: public; Owner: -
--

CREATE FUNCTION public.procrastinate_defer_jobs_v1(jobs public.procrastinate_job_to_defer_v1[]) RETURNS bigint[]
    LANGUAGE plpgsql
    AS $$
DECLARE
    job_ids bigint[];
BEGIN
    WITH inserted_jobs AS (
        INSERT INTO procrastinate_jobs (queue_name, task_name, priority, lock, queueing_lock, args, scheduled_at)
        SELECT (job).queue_name,
               (job).task_name,
               (job).priority,
               (job).lock,
               (job).queueing_lock,
               (job).args,
               (job).scheduled_at
        FROM unnest(jobs) AS job
        RETURNING id
    )
    SELECT array_agg(id) FROM inserted_jobs INTO job_ids;

    RETURN job_ids;
END;
$$;


--
-- Name: procrastinate_defer_periodic_job_v2(character varying, character varying, character varying, character varying, integer, character varying, bigint, jsonb); Type: FUNCTION; Schema: public; Owner: -
--

CREATE FUNCTION public.procrastinate_defer_periodic_job_v2(_queue_name character varying, _lock character varying, _queueing_lock character varying, _task_name character varying, _priority integer, _periodic_id character varying, _defer_timestamp bigint, _args jsonb) RETURNS bigint
    LANGUAGE plpgsql
    AS $$
DECLARE
	_job_id bigint;
	_defer_id bigint;
BEGIN
    INSERT
        INTO procrastinate_periodic_defers (task_name, periodic_id, defer_timestamp)
        VALUES (_task_name, _periodic_id, _defer_timestamp)
        ON CONFLICT DO NOTHING
        RETURNING id into _defer_id;

    IF _defer_id IS NULL THEN
        RETURN NULL;
    END IF;

    UPDATE procrastinate_periodic_defers
        SET job_id = (
            SELECT COALESCE((
                SELECT unnest(procrastinate_defer_jobs_v1(
                    ARRAY[
                        ROW(
                            _queue_name,
                            _task_name,
                            _priority,
                            _lock,
                            _queueing_lock,
                            _args,
                            NULL::timestamptz
                        )
                    ]::procrastinate_job_to_defer_v1[]
                ))
            ), NULL)
        )
        WHERE id = _defer_id
        RETURNING job_id INTO _job_id;

    DELETE
        FROM procrastinate_periodic_defers
        USING (
            SELECT id
            FROM procrastinate_periodic_defers
            WHERE procrastinate_periodic_defers.task_name = _task_name
            AND procrastinate_periodic_defers.periodic_id = _periodic_id
            AND procrastinate_periodic_defers.defer_timestamp < _defer_timestamp
            ORDER BY id
            FOR UPDATE
        ) to_delete
        WHERE procrastinate_periodic_defers.id = to_delete.id;

    RETURN _job_id;
END;
$$;


SET default_tablespace = '';

SET default_table_access_method = heap;

--
-- Name: procrastinate_jobs; Type: TABLE; Schema: public; Owner: -
--

CREATE TABLE public.procrastinate_jobs (
    id bigint NOT NULL,
    queue_name character varying(128) NOT NULL,
    task_name character varying(128) NOT NULL,
    priority integer DEFAULT 0 NOT NULL,
    lock text,
    queueing_lock text,
    args jsonb DEFAULT '{}'::jsonb NOT NULL,
    status public.procrastinate_job_status DEFAULT 'todo'::public.procrastinate_job_status NOT NULL,
    scheduled_at timestamp with time zone,
    attempts integer DEFAULT 0 NOT NULL,
    abort_requested boolean DEFAULT false NOT NULL,
    worker_id bigint,
    CONSTRAINT check_not_todo_abort_requested CHECK ((NOT ((status = 'todo'::public.procrastinate_job_status) AND (abort_requested = true))))
);


--
-- Name: procrastinate_fetch_job_v2(character varying[], bigint); Type: FUNCTION; Schema: public; Owner: -
--

CREATE FUNCTION public.procrastinate_fetch_job_v2(target_queue_names character varying[], p_worker_id bigint) RETURNS public.procrastinate_jobs
    LANGUAGE plpgsql
    AS $$
DECLARE
	found_jobs procrastinate_jobs;
BEGIN
    WITH candidate AS (
        SELECT jobs.*
            FROM procrastinate_jobs AS jobs
            WHERE
                -- reject the job if its lock has earlier or higher priority jobs
                NOT EXISTS (
                    SELECT 1
                        FROM procrastinate_jobs AS other_jobs
                        WHERE
                            jobs.lock IS NOT NULL
                            AND other_jobs.lock = jobs.lock
                            AND (
                                -- job with same lock is already running
                                other_jobs.status = 'doing'
                                OR
                                -- job with same lock is waiting and has higher priority (or same priority but was queued first)
                                (
                                    other_jobs.status = 'todo'
                                    AND (
                                        other_jobs.priority > jobs.priority
                                        OR (
                                        other_jobs.priority = jobs.priority
                                        AND other_jobs.id < jobs.id
                                        )
                                    )
                                )
                            )
                )
                AND jobs.status = 'todo'
                AND (target_queue_names IS NULL OR jobs.queue_name = ANY( target_queue_names ))
                AND (jobs.scheduled_at IS NULL OR jobs.scheduled_at <= now())
            ORDER BY jobs.priority DESC, jobs.id ASC LIMIT 1
            FOR UPDATE OF jobs SKIP LOCKED
    )
    UPDATE procrastinate_jobs
        SET status = 'doing', worker_id = p_worker_id
        FROM candidate
        WHERE procrastinate_jobs.id = candidate.id
        RETURNING procrastinate_jobs.* INTO found_jobs;

 RETURN found_jobs;
END;
$$;


--
-- Name: procrastinate_finish_job_v1(bigint, public.procrastinate_job_status, boolean); Type: FUNCTION; Schema: public; Owner: -
--

CREATE FUNCTION public.procrastinate_finish_job_v1(job_id bigint, end_status public.procrastinate_job_status, delete_job boolean) RETURNS void
    LANGUAGE plpgsql
    AS $$
DECLARE
    _job_id bigint;
BEGIN
    IF end_status NOT IN ('succeeded', 'failed', 'aborted') THEN
        RAISE 'End status should be either "succeeded", "failed" or "aborted" (job id: %)', job_id;
    END IF;
    IF delete_job THEN
        DELETE FROM procrastinate_jobs
        WHERE id = job_id AND status IN ('todo', 'doing')
        RETURNING id INTO _job_id;
    ELSE
        UPDATE procrastinate_jobs
        SET status = end_status,
            abort_requested = false,
            attempts = CASE status
                WHEN 'doing' THEN attempts + 1 ELSE attempts
            END
        WHERE id = job_id AND status IN ('todo', 'doing')
        RETURNING id INTO _job_id;
    END IF;
    IF _job_id IS NULL THEN
        RAISE 'Job was not found or not in "doing" or "todo" status (job id: %)', job_id;
    END IF;
END;
$$;


--
-- Name: procrastinate_notify_queue_abort_job_v1(); Type: FUNCTION; Schema: public; Owner: -
--

CREATE FUNCTION public.procrastinate_notify_queue_abort_job_v1() RETURNS trigger
    LANGUAGE plpgsql
    AS $$
DECLARE
    payload TEXT;
BEGIN
    SELECT json_build_object('type', 'abort_job_requested', 'job_id', NEW.id)::text INTO payload;
	PERFORM pg_notify('procrastinate_queue_v1#' || NEW.queue_name, payload);
	PERFORM pg_notify('procrastinate_any_queue_v1', payload);
	RETURN NEW;
END;
$$;


--
-- Name: procrastinate_notify_queue_job_inserted_v1(); Type: FUNCTION; Schema: public; Owner: -
--

CREATE FUNCTION public.procrastinate_notify_queue_job_inserted_v1() RETURNS trigger
    LANGUAGE plpgsql
    AS $$
DECLARE
    payload TEXT;
BEGIN
    SELECT json_build_object('type', 'job_inserted', 'job_id', NEW.id)::text INTO payload;
	PERFORM pg_notify('procrastinate_queue_v1#' || NEW.queue_name, payload);
	PERFORM pg_notify('procrastinate_any_queue_v1', payload);
	RETURN NEW;
END;
$$;


--
-- Name: procrastinate_prune_stalled_workers_v1(double precision); Type: FUNCTION; Schema: public; Owner: -
--

CREATE FUNCTION public.procrastinate_prune_stalled_workers_v1(seconds_since_heartbeat double precision) RETURNS TABLE(worker_id bigint)
    LANGUAGE plpgsql
    AS $$
BEGIN
    RETURN QUERY
    DELETE FROM procrastinate_workers
    WHERE last_heartbeat < NOW() - (seconds_since_heartbeat || 'SECOND')::INTERVAL
    RETURNING procrastinate_workers.id;
END;
$$;


--
-- Name: procrastinate_register_worker_v1(); Type: FUNCTION; Schema: public; Owner: -
--

CREATE FUNCTION public.procrastinate_register_worker_v1() RETURNS TABLE(worker_id bigint)
    LANGUAGE plpgsql
    AS $$
BEGIN
    RETURN QUERY
    INSERT INTO procrastinate_workers DEFAULT VALUES
    RETURNING procrastinate_workers.id;
END;
$$;


--
-- Name: procrastinate_retry_job_v1(bigint, timestamp with time zone, integer, character varying, character varying); Type: FUNCTION; Schema: public; Owner: -
--

CREATE FUNCTION public.procrastinate_retry_job_v1(job_id bigint, retry_at timestamp with time zone, new_priority integer, new_queue_name character varying, new_lock character varying) RETURNS void
    LANGUAGE plpgsql
    AS $$
DECLARE
    _job_id bigint;
    _abort_requested boolean;
BEGIN
    SELECT abort_requested FROM procrastinate_jobs
    WHERE id = job_id AND status = 'doing'
    FOR UPDATE
    INTO _abort_requested;
    IF _abort_requested THEN
        UPDATE procrastinate_jobs
        SET status = 'failed'::procrastinate_job_status
        WHERE id = job_id AND status = 'doing'
        RETURNING id INTO _job_id;
    ELSE
        UPDATE procrastinate_jobs
        SET status = 'todo'::procrastinate_job_status,
            attempts = attempts + 1,
            scheduled_at = retry_at,
            priority = COALESCE(new_priority, priority),
            queue_name = COALESCE(new_queue_name, queue_name),
            lock = COALESCE(new_lock, lock)
        WHERE id = job_id AND status = 'doing'
        RETURNING id INTO _job_id;
    END IF;

    IF _job_id IS NULL THEN
        RAISE 'Job was not found or not in "doing" status (job id: %)', job_id;
    END IF;
END;
$$;


--
-- Name: procrastinate_retry_job_v2(bigint, timestamp with time zone, integer, character varying, character varying); Type: FUNCTION; Schema: public; Owner: -
--

CREATE FUNCTION public.procrastinate_retry_job_v2(job_id bigint, retry_at timestamp with time zone, new_priority integer, new_queue_name character varying, new_lock character varying) RETURNS void
    LANGUAGE plpgsql
    AS $$
DECLARE
    _job_id bigint;
    _abort_requested boolean;
    _current_status procrastinate_job_status;
BEGIN
    SELECT status, abort_requested FROM procrastinate_jobs
    WHERE id = job_id AND status IN ('doing', 'failed')
    FOR UPDATE
    INTO _current_status, _abort_requested;
    IF _current_status = 'doing' AND _abort_requested THEN
        UPDATE procrastinate_jobs
        SET status = 'failed'::procrastinate_job_status
        WHERE id = job_id AND status = 'doing'
        RETURNING id INTO _job_id;
    ELSE
        UPDATE procrastinate_jobs
        SET status = 'todo'::procrastinate_job_status,
            attempts = attempts + 1,
            scheduled_at = retry_at,
            priority = COALESCE(new_priority, priority),
            queue_name = COALESCE(new_queue_name, queue_name),
            lock = COALESCE(new_lock, lock)
        WHERE id = job_id AND status IN ('doing', 'failed')
        RETURNING id INTO _job_id;
    END IF;

    IF _job_id IS NULL THEN
        RAISE 'Job was not found or has an invalid status to retry (job id: %)', job_id;
    END IF;

END;
$$;


--
-- Name: procrastinate_trigger_abort_requested_events_procedure_v1(); Type: FUNCTION; Schema: public; Owner: -
--

CREATE FUNCTION public.procrastinate_trigger_abort_requested_events_procedure_v1() RETURNS trigger
    LANGUAGE plpgsql
    AS $$
BEGIN
    INSERT INTO procrastinate_events(job_id, type)
        VALUES (NEW.id, 'abort_requested'::procrastinate_job_event_type);
    RETURN NEW;
END;
$$;


--
-- Name: procrastinate_trigger_function_scheduled_events_v1(); Type: FUNCTION; Schema: public; Owner: -
--

CREATE FUNCTION public.procrastinate_trigger_function_scheduled_events_v1() RETURNS trigger
    LANGUAGE plpgsql
    AS $$
BEGIN
    INSERT INTO procrastinate_events(job_id, type, at)
        VALUES (NEW.id, 'scheduled'::procrastinate_job_event_type, NEW.scheduled_at);

	RETURN NEW;
END;
$$;


--
-- Name: procrastinate_trigger_function_status_events_insert_v1(); Type: FUNCTION; Schema: public; Owner: -
--

CREATE FUNCTION public.procrastinate_trigger_function_status_events_insert_v1() RETURNS trigger
    LANGUAGE plpgsql
    AS $$
BEGIN
    INSERT INTO procrastinate_events(job_id, type)
        VALUES (NEW.id, 'deferred'::procrastinate_job_event_type);
	RETURN NEW;
END;
$$;


--
-- Name: procrastinate_trigger_function_status_events_update_v1(); Type: FUNCTION; Schema: public; Owner: -
--

CREATE FUNCTION public.procrastinate_trigger_function_status_events_update_v1() RETURNS trigger
    LANGUAGE plpgsql
    AS $$
BEGIN
    WITH t AS (
        SELECT CASE
            WHEN OLD.status = 'todo'::procrastinate_job_status
                AND NEW.status = 'doing'::procrastinate_job_status
                THEN 'started'::procrastinate_job_event_type
            WHEN OLD.status = 'doing'::procrastinate_job_status
                AND NEW.status = 'todo'::procrastinate_job_status
                THEN 'deferred_for_retry'::procrastinate_job_event_type
            WHEN OLD.status = 'doing'::procrastinate_job_status
                AND NEW.status = 'failed'::procrastinate_job_status
                THEN 'failed'::procrastinate_job_event_type
            WHEN OLD.status = 'doing'::procrastinate_job_status
                AND NEW.status = 'succeeded'::procrastinate_job_status
                THEN 'succeeded'::procrastinate_job_event_type
            WHEN OLD.status = 'todo'::procrastinate_job_status
                AND (
                    NEW.status = 'cancelled'::procrastinate_job_status
                    OR NEW.status = 'failed'::procrastinate_job_status
                    OR NEW.status = 'succeeded'::procrastinate_job_status
                )
                THEN 'cancelled'::procrastinate_job_event_type
            WHEN OLD.status = 'doing'::procrastinate_job_status
                AND NEW.status = 'aborted'::procrastinate_job_status
                THEN 'aborted'::procrastinate_job_event_type
            WHEN OLD.status = 'failed'::procrastinate_job_status
                AND NEW.status = 'todo'::procrastinate_job_status
                THEN 'retried'::procrastinate_job_event_type
            ELSE NULL
        END as event_type
    )
    INSERT INTO procrastinate_events(job_id, type)
        SELECT NEW.id, t.event_type
        FROM t
        WHERE t.event_type IS NOT NULL;
	RETURN NEW;
END;
$$;


--
-- Name: procrastinate_unlink_periodic_defers_v1(); Type: FUNCTION; Schema: public; Owner: -
--

CREATE FUNCTION public.procrastinate_unlink_periodic_defers_v1() RETURNS trigger
    LANGUAGE plpgsql
    AS $$
BEGIN
    UPDATE procrastinate_periodic_defers
    SET job_id = NULL
    WHERE job_id = OLD.id;
    RETURN OLD;
END;
$$;


--
-- Name: procrastinate_unregister_worker_v1(bigint); Type: FUNCTION; Schema: public; Owner: -
--

CREATE FUNCTION public.procrastinate_unregister_worker_v1(worker_id bigint) RETURNS void
    LANGUAGE plpgsql
    AS $$
BEGIN
    DELETE FROM procrastinate_workers
    WHERE id = worker_id;
END;
$$;


--
-- Name: procrastinate_update_heartbeat_v1(bigint); Type: FUNCTION; Schema: public; Owner: -
--

CREATE FUNCTION public.procrastinate_update_heartbeat_v1(worker_id bigint) RETURNS void
    LANGUAGE plpgsql
    AS $$
BEGIN
    UPDATE procrastinate_workers
    SET last_heartbeat = NOW()
    WHERE id = worker_id;
END;
$$;


--
-- Name: remove_tenant(uuid, text, text); Type: FUNCTION; Schema: public; Owner: -
--

CREATE FUNCTION public.remove_tenant(removed uuid, actor text, origin text) RETURNS void
    LANGUAGE plpgsql SECURITY DEFINER
    SET search_path TO 'pg_catalog', 'public', 'pg_temp'
    AS $$
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


--
-- Name: access_grant; Type: TABLE; Schema: public; Owner: -
--

CREATE TABLE public.access_grant (
    grant_id uuid NOT NULL,
    principal text NOT NULL,
    role text NOT NULL,
    tenant_id uuid,
    group_id uuid,
    granted_at timestamp with time zone NOT NULL,
    granted_by text NOT NULL,
    CONSTRAINT access_grant_check CHECK (((tenant_id IS NULL) OR (group_id IS NULL))),
    CONSTRAINT access_grant_role_check CHECK ((role = ANY (ARRAY['reader'::text, 'writer'::text, 'manager'::text])))
);

ALTER TABLE ONLY public.access_grant FORCE ROW LEVEL SECURITY;


--
-- Name: account; Type: TABLE; Schema: public; Owner: -
--

CREATE TABLE public.account (
    tenant_id uuid NOT NULL,
    account_class text NOT NULL,
    name text NOT NULL,
    note text,
    declared_by text NOT NULL,
    declared_at timestamp with time zone NOT NULL
);

ALTER TABLE ONLY public.account FORCE ROW LEVEL SECURITY;


--
-- Name: action_tag; Type: TABLE; Schema: public; Owner: -
--

CREATE TABLE public.action_tag (
    tenant_id uuid NOT NULL,
    action text NOT NULL,
    tag text NOT NULL
);

ALTER TABLE ONLY public.action_tag FORCE ROW LEVEL SECURITY;


--
-- Name: activity; Type: TABLE; Schema: public; Owner: -
--

CREATE TABLE public.activity (
    tenant_id uuid NOT NULL,
    snapshot integer NOT NULL,
    at timestamp with time zone NOT NULL,
    author text NOT NULL,
    about jsonb,
    effects bytea NOT NULL
);
ALTER TABLE ONLY public.activity ALTER COLUMN effects SET STORAGE EXTERNAL;

ALTER TABLE ONLY public.activity FORCE ROW LEVEL SECURITY;


--
-- Name: alembic_version; Type: TABLE; Schema: public; Owner: -
--

CREATE TABLE public.alembic_version (
    version_num character varying(32) NOT NULL
);


--
-- Name: attestation; Type: TABLE; Schema: public; Owner: -
--

CREATE TABLE public.attestation (
    tenant_id uuid NOT NULL,
    number integer NOT NULL,
    action text NOT NULL,
    attested date NOT NULL,
    lapses date NOT NULL,
    note text,
    evidence text,
    attested_by text NOT NULL,
    attested_at timestamp with time zone NOT NULL,
    ended_at timestamp with time zone,
    ended_by text,
    CONSTRAINT attestation_check CHECK ((lapses > attested))
);

ALTER TABLE ONLY public.attestation FORCE ROW LEVEL SECURITY;


--
-- Name: audit_entry; Type: TABLE; Schema: public; Owner: -
--

CREATE TABLE public.audit_entry (
    tenant_id uuid NOT NULL,
    number bigint NOT NULL,
    at timestamp with time zone NOT NULL,
    actor text NOT NULL,
    origin text NOT NULL,
    act text NOT NULL,
    target text NOT NULL,
    before text,
    after text,
    previous bytea NOT NULL,
    hash bytea NOT NULL
);

ALTER TABLE ONLY public.audit_entry FORCE ROW LEVEL SECURITY;


--
-- Name: connection; Type: TABLE; Schema: public; Owner: -
--

CREATE TABLE public.connection (
    tenant_id uuid NOT NULL,
    client_id text,
    cloud text NOT NULL,
    credential_kind text NOT NULL,
    endpoints jsonb NOT NULL,
    ca_certificates text,
    credential_path text,
    sealed_secret bytea,
    changed_at timestamp with time zone NOT NULL
);

ALTER TABLE ONLY public.connection FORCE ROW LEVEL SECURITY;


--
-- Name: decision; Type: TABLE; Schema: public; Owner: -
--

CREATE TABLE public.decision (
    tenant_id uuid NOT NULL,
    number integer NOT NULL,
    action text NOT NULL,
    status text NOT NULL,
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
    decided_at timestamp with time zone NOT NULL,
    approved_by text,
    ended_at timestamp with time zone,
    ended_by text,
    CONSTRAINT decision_check CHECK (((entities IS NULL) OR (account_class IS NULL))),
    CONSTRAINT decision_status_check CHECK ((status = ANY (ARRAY['to_address'::text, 'planned'::text, 'risk_accepted'::text, 'resolved_through_third_party'::text, 'resolved_through_alternate_mitigation'::text])))
);

ALTER TABLE ONLY public.decision FORCE ROW LEVEL SECURITY;


--
-- Name: decision_policy; Type: TABLE; Schema: public; Owner: -
--

CREATE TABLE public.decision_policy (
    tenant_id uuid NOT NULL,
    statuses text[] NOT NULL,
    owner boolean NOT NULL,
    evidence boolean NOT NULL,
    expiry boolean NOT NULL,
    approval boolean NOT NULL,
    months integer NOT NULL,
    changed_by text NOT NULL,
    changed_at timestamp with time zone NOT NULL,
    CONSTRAINT decision_policy_months_check CHECK ((months > 0))
);

ALTER TABLE ONLY public.decision_policy FORCE ROW LEVEL SECURITY;


--
-- Name: decision_request; Type: TABLE; Schema: public; Owner: -
--

CREATE TABLE public.decision_request (
    tenant_id uuid NOT NULL,
    number integer NOT NULL,
    asked jsonb NOT NULL,
    requested_by text NOT NULL,
    requested_at timestamp with time zone NOT NULL,
    lapses date NOT NULL,
    outcome text,
    settled_by text,
    settled_at timestamp with time zone,
    reason text,
    decision integer,
    CONSTRAINT decision_request_check CHECK ((((outcome IS NULL) = (settled_by IS NULL)) AND ((outcome IS NULL) = (settled_at IS NULL)))),
    CONSTRAINT decision_request_outcome_check CHECK ((outcome = ANY (ARRAY['approved'::text, 'refused'::text, 'withdrawn'::text])))
);

ALTER TABLE ONLY public.decision_request FORCE ROW LEVEL SECURITY;


--
-- Name: decision_template; Type: TABLE; Schema: public; Owner: -
--

CREATE TABLE public.decision_template (
    name text NOT NULL,
    decisions jsonb NOT NULL,
    changed_by text NOT NULL,
    changed_at timestamp with time zone NOT NULL
);


--
-- Name: exclusion; Type: TABLE; Schema: public; Owner: -
--

CREATE TABLE public.exclusion (
    tenant_id uuid NOT NULL,
    number integer NOT NULL,
    actions text[] NOT NULL,
    entities text[] NOT NULL,
    reason text NOT NULL,
    owner text,
    expires date,
    declared_by text NOT NULL,
    declared_at timestamp with time zone NOT NULL,
    ended_at timestamp with time zone,
    ended_by text
);

ALTER TABLE ONLY public.exclusion FORCE ROW LEVEL SECURITY;


--
-- Name: installation; Type: TABLE; Schema: public; Owner: -
--

CREATE TABLE public.installation (
    installation_id uuid NOT NULL,
    created_at timestamp with time zone NOT NULL,
    key_fingerprint text,
    content_version text,
    content_due date,
    only_one boolean DEFAULT true NOT NULL,
    CONSTRAINT installation_only_one_check CHECK (only_one)
);


--
-- Name: invitation; Type: TABLE; Schema: public; Owner: -
--

CREATE TABLE public.invitation (
    nonce text NOT NULL,
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
    created_at timestamp with time zone NOT NULL,
    expires_at timestamp with time zone NOT NULL,
    used_at timestamp with time zone
);


--
-- Name: kept_content; Type: TABLE; Schema: public; Owner: -
--

CREATE TABLE public.kept_content (
    version text NOT NULL,
    packed bytea NOT NULL,
    kept_at timestamp with time zone NOT NULL
);
ALTER TABLE ONLY public.kept_content ALTER COLUMN packed SET STORAGE EXTERNAL;


--
-- Name: native_day; Type: TABLE; Schema: public; Owner: -
--

CREATE TABLE public.native_day (
    tenant_id uuid NOT NULL,
    day date NOT NULL,
    points bigint NOT NULL,
    maximum bigint NOT NULL,
    category_points bigint[] NOT NULL,
    active_users integer,
    licensed_users integer
);

ALTER TABLE ONLY public.native_day FORCE ROW LEVEL SECURITY;


--
-- Name: pinned_run; Type: TABLE; Schema: public; Owner: -
--

CREATE TABLE public.pinned_run (
    tenant_id uuid NOT NULL,
    run_id text NOT NULL,
    reason text NOT NULL,
    pinned_by text NOT NULL,
    pinned_at timestamp with time zone NOT NULL
);

ALTER TABLE ONLY public.pinned_run FORCE ROW LEVEL SECURITY;


--
-- Name: procrastinate_events; Type: TABLE; Schema: public; Owner: -
--

CREATE TABLE public.procrastinate_events (
    id bigint NOT NULL,
    job_id bigint NOT NULL,
    type public.procrastinate_job_event_type,
    at timestamp with time zone DEFAULT now()
);


--
-- Name: procrastinate_events_id_seq; Type: SEQUENCE; Schema: public; Owner: -
--

CREATE SEQUENCE public.procrastinate_events_id_seq
    START WITH 1
    INCREMENT BY 1
    NO MINVALUE
    NO MAXVALUE
    CACHE 1;


--
-- Name: procrastinate_events_id_seq; Type: SEQUENCE OWNED BY; Schema: public; Owner: -
--

ALTER SEQUENCE public.procrastinate_events_id_seq OWNED BY public.procrastinate_events.id;


--
-- Name: procrastinate_jobs_id_seq; Type: SEQUENCE; Schema: public; Owner: -
--

CREATE SEQUENCE public.procrastinate_jobs_id_seq
    START WITH 1
    INCREMENT BY 1
    NO MINVALUE
    NO MAXVALUE
    CACHE 1;


--
-- Name: procrastinate_jobs_id_seq; Type: SEQUENCE OWNED BY; Schema: public; Owner: -
--

ALTER SEQUENCE public.procrastinate_jobs_id_seq OWNED BY public.procrastinate_jobs.id;


--
-- Name: procrastinate_periodic_defers; Type: TABLE; Schema: public; Owner: -
--

CREATE TABLE public.procrastinate_periodic_defers (
    id bigint NOT NULL,
    task_name character varying(128) NOT NULL,
    defer_timestamp bigint,
    job_id bigint,
    periodic_id character varying(128) DEFAULT ''::character varying NOT NULL
);


--
-- Name: procrastinate_periodic_defers_id_seq; Type: SEQUENCE; Schema: public; Owner: -
--

CREATE SEQUENCE public.procrastinate_periodic_defers_id_seq
    START WITH 1
    INCREMENT BY 1
    NO MINVALUE
    NO MAXVALUE
    CACHE 1;


--
-- Name: procrastinate_periodic_defers_id_seq; Type: SEQUENCE OWNED BY; Schema: public; Owner: -
--

ALTER SEQUENCE public.procrastinate_periodic_defers_id_seq OWNED BY public.procrastinate_periodic_defers.id;


--
-- Name: procrastinate_workers; Type: TABLE; Schema: public; Owner: -
--

CREATE TABLE public.procrastinate_workers (
    id bigint NOT NULL,
    last_heartbeat timestamp with time zone DEFAULT now() NOT NULL
);


--
-- Name: procrastinate_workers_id_seq; Type: SEQUENCE; Schema: public; Owner: -
--

ALTER TABLE public.procrastinate_workers ALTER COLUMN id ADD GENERATED ALWAYS AS IDENTITY (
    SEQUENCE NAME public.procrastinate_workers_id_seq
    START WITH 1
    INCREMENT BY 1
    NO MINVALUE
    NO MAXVALUE
    CACHE 1
);


--
-- Name: snapshot; Type: TABLE; Schema: public; Owner: -
--

CREATE TABLE public.snapshot (
    tenant_id uuid NOT NULL,
    number integer NOT NULL,
    taken_at timestamp with time zone NOT NULL,
    evidence_at timestamp with time zone NOT NULL,
    trigger text NOT NULL,
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
    CONSTRAINT snapshot_trigger_check CHECK ((trigger = ANY (ARRAY['catalog'::text, 'expiry'::text, 'exclusion'::text, 'decision'::text, 'scope'::text, 'sync'::text])))
);
ALTER TABLE ONLY public.snapshot ALTER COLUMN actions SET STORAGE EXTERNAL;

ALTER TABLE ONLY public.snapshot FORCE ROW LEVEL SECURITY;


--
-- Name: tenant; Type: TABLE; Schema: public; Owner: -
--

CREATE TABLE public.tenant (
    tenant_id uuid NOT NULL,
    directory_id text NOT NULL,
    name text NOT NULL,
    state text NOT NULL,
    time_zone text NOT NULL,
    industry text,
    seats integer,
    region text,
    evidence_days integer NOT NULL,
    device_days integer NOT NULL,
    created_at timestamp with time zone NOT NULL,
    CONSTRAINT tenant_device_days_check CHECK ((device_days > 0)),
    CONSTRAINT tenant_evidence_days_check CHECK ((evidence_days > 0)),
    CONSTRAINT tenant_seats_check CHECK ((seats > 0)),
    CONSTRAINT tenant_state_check CHECK ((state = ANY (ARRAY['active'::text, 'paused'::text])))
);

ALTER TABLE ONLY public.tenant FORCE ROW LEVEL SECURITY;


--
-- Name: tenant_group; Type: TABLE; Schema: public; Owner: -
--

CREATE TABLE public.tenant_group (
    group_id uuid NOT NULL,
    name text NOT NULL
);


--
-- Name: tenant_group_member; Type: TABLE; Schema: public; Owner: -
--

CREATE TABLE public.tenant_group_member (
    tenant_id uuid NOT NULL,
    group_id uuid NOT NULL
);

ALTER TABLE ONLY public.tenant_group_member FORCE ROW LEVEL SECURITY;


--
-- Name: tenant_summary; Type: TABLE; Schema: public; Owner: -
--

CREATE TABLE public.tenant_summary (
    tenant_id uuid NOT NULL,
    directory_id text NOT NULL,
    name text NOT NULL,
    state text NOT NULL,
    health text NOT NULL,
    problem text,
    time_zone text NOT NULL,
    attempts integer DEFAULT 0 NOT NULL,
    tried_at timestamp with time zone,
    synced_at timestamp with time zone,
    snapshot integer,
    points bigint,
    verified bigint,
    maximum bigint,
    assessed_share double precision,
    CONSTRAINT tenant_summary_health_check CHECK ((health = ANY (ARRAY['new'::text, 'fine'::text, 'incomplete'::text, 'failing'::text, 'paused'::text])))
);

ALTER TABLE ONLY public.tenant_summary FORCE ROW LEVEL SECURITY;


--
-- Name: procrastinate_events id; Type: DEFAULT; Schema: public; Owner: -
--

ALTER TABLE ONLY public.procrastinate_events ALTER COLUMN id SET DEFAULT nextval('public.procrastinate_events_id_seq'::regclass);


--
-- Name: procrastinate_jobs id; Type: DEFAULT; Schema: public; Owner: -
--

ALTER TABLE ONLY public.procrastinate_jobs ALTER COLUMN id SET DEFAULT nextval('public.procrastinate_jobs_id_seq'::regclass);


--
-- Name: procrastinate_periodic_defers id; Type: DEFAULT; Schema: public; Owner: -
--

ALTER TABLE ONLY public.procrastinate_periodic_defers ALTER COLUMN id SET DEFAULT nextval('public.procrastinate_periodic_defers_id_seq'::regclass);


--
-- Data for Name: access_grant; Type: TABLE DATA; Schema: public; Owner: -
--

INSERT INTO public.access_grant VALUES ('00000000-0000-0000-0000-000000000001', 'operator', 'manager', NULL, NULL, '2026-12-01 10:54:15.707551+00', 'securescore');
INSERT INTO public.access_grant VALUES ('00000000-0000-0000-0000-000000000002', 'system', 'manager', NULL, NULL, '2026-12-01 10:54:15.707551+00', 'securescore');


--
-- Data for Name: account; Type: TABLE DATA; Schema: public; Owner: -
--

INSERT INTO public.account VALUES ('43fa8429-caf5-4efe-b970-a0870d6dc097', 'service', 'svc@one.example', NULL, 'me', '2026-12-01 06:30:00+00');
INSERT INTO public.account VALUES ('ccdb4ad6-1bfe-47eb-b033-92192d8f6f12', 'service', 'svc@one.example', NULL, 'me', '2026-12-01 06:30:00+00');


--
-- Data for Name: action_tag; Type: TABLE DATA; Schema: public; Owner: -
--

INSERT INTO public.action_tag VALUES ('43fa8429-caf5-4efe-b970-a0870d6dc097', 'AdminMFAV2', '2027');
INSERT INTO public.action_tag VALUES ('ccdb4ad6-1bfe-47eb-b033-92192d8f6f12', 'AdminMFAV2', '2027');


--
-- Data for Name: activity; Type: TABLE DATA; Schema: public; Owner: -
--

INSERT INTO public.activity VALUES ('43fa8429-caf5-4efe-b970-a0870d6dc097', 1, '2026-12-01 06:30:00+00', 'me', 'null', '\x016f5c01be9bba3c352d2d35b9a4f81cbbcc932513a64e0001080900');
INSERT INTO public.activity VALUES ('ccdb4ad6-1bfe-47eb-b033-92192d8f6f12', 1, '2026-12-01 06:30:00+00', 'me', 'null', '\x016f5c01be9bba3c352d2d35b9a4f81cbbcc932513a64e0001080900');


--
-- Data for Name: alembic_version; Type: TABLE DATA; Schema: public; Owner: -
--

INSERT INTO public.alembic_version VALUES ('0002');


--
-- Data for Name: attestation; Type: TABLE DATA; Schema: public; Owner: -
--

INSERT INTO public.attestation VALUES ('43fa8429-caf5-4efe-b970-a0870d6dc097', 1, 'custom.task', '2026-12-01', '2027-01-01', NULL, NULL, 'me', '2026-12-01 06:30:00+00', NULL, NULL);
INSERT INTO public.attestation VALUES ('ccdb4ad6-1bfe-47eb-b033-92192d8f6f12', 1, 'custom.task', '2026-12-01', '2027-01-01', NULL, NULL, 'me', '2026-12-01 06:30:00+00', NULL, NULL);


--
-- Data for Name: audit_entry; Type: TABLE DATA; Schema: public; Owner: -
--

INSERT INTO public.audit_entry VALUES ('43fa8429-caf5-4efe-b970-a0870d6dc097', 1, '2026-12-01 10:54:16.380012+00', 'me', 'here', 'test', 'it', NULL, NULL, '\x', '\x49306a567f662b894548782883ed35280051c7085e87b92bb0c209e1ea61bcf9');
INSERT INTO public.audit_entry VALUES ('ccdb4ad6-1bfe-47eb-b033-92192d8f6f12', 1, '2026-12-01 10:54:16.400185+00', 'me', 'here', 'test', 'it', NULL, NULL, '\x', '\x718847272bd149ebcd5037ab84320a23ea2d697687abd2cb3fb161bc2b62b81c');


--
-- Data for Name: connection; Type: TABLE DATA; Schema: public; Owner: -
--

INSERT INTO public.connection VALUES ('43fa8429-caf5-4efe-b970-a0870d6dc097', 'app', 'global', 'client_secret', '{}', NULL, NULL, '\x7365616c6564', '2026-12-01 06:30:00+00');
INSERT INTO public.connection VALUES ('ccdb4ad6-1bfe-47eb-b033-92192d8f6f12', 'app', 'global', 'client_secret', '{}', NULL, NULL, '\x7365616c6564', '2026-12-01 06:30:00+00');


--
-- Data for Name: decision; Type: TABLE DATA; Schema: public; Owner: -
--

INSERT INTO public.decision VALUES ('43fa8429-caf5-4efe-b970-a0870d6dc097', 1, 'AdminMFAV2', 'planned', NULL, NULL, 'note', NULL, NULL, NULL, NULL, '2026-12-01', NULL, 'me', '2026-12-01 06:30:00+00', NULL, NULL, NULL);
INSERT INTO public.decision VALUES ('ccdb4ad6-1bfe-47eb-b033-92192d8f6f12', 1, 'AdminMFAV2', 'planned', NULL, NULL, 'note', NULL, NULL, NULL, NULL, '2026-12-01', NULL, 'me', '2026-12-01 06:30:00+00', NULL, NULL, NULL);


--
-- Data for Name: decision_policy; Type: TABLE DATA; Schema: public; Owner: -
--

INSERT INTO public.decision_policy VALUES ('43fa8429-caf5-4efe-b970-a0870d6dc097', '{risk_accepted}', true, false, true, false, 12, 'me', '2026-12-01 06:30:00+00');
INSERT INTO public.decision_policy VALUES ('ccdb4ad6-1bfe-47eb-b033-92192d8f6f12', '{risk_accepted}', true, false, true, false, 12, 'me', '2026-12-01 06:30:00+00');


--
-- Data for Name: decision_request; Type: TABLE DATA; Schema: public; Owner: -
--

INSERT INTO public.decision_request VALUES ('43fa8429-caf5-4efe-b970-a0870d6dc097', 1, '{"action": "A", "status": "planned"}', 'me', '2026-12-01 06:30:00+00', '2027-01-01', NULL, NULL, NULL, NULL, NULL);
INSERT INTO public.decision_request VALUES ('ccdb4ad6-1bfe-47eb-b033-92192d8f6f12', 1, '{"action": "A", "status": "planned"}', 'me', '2026-12-01 06:30:00+00', '2027-01-01', NULL, NULL, NULL, NULL, NULL);


--
-- Data for Name: decision_template; Type: TABLE DATA; Schema: public; Owner: -
--



--
-- Data for Name: exclusion; Type: TABLE DATA; Schema: public; Owner: -
--

INSERT INTO public.exclusion VALUES ('43fa8429-caf5-4efe-b970-a0870d6dc097', 1, '{*}', '{a@one.example}', 'why', NULL, NULL, 'me', '2026-12-01 06:30:00+00', NULL, NULL);
INSERT INTO public.exclusion VALUES ('ccdb4ad6-1bfe-47eb-b033-92192d8f6f12', 1, '{*}', '{a@one.example}', 'why', NULL, NULL, 'me', '2026-12-01 06:30:00+00', NULL, NULL);


--
-- Data for Name: installation; Type: TABLE DATA; Schema: public; Owner: -
--



--
-- Data for Name: invitation; Type: TABLE DATA; Schema: public; Owner: -
--



--
-- Data for Name: kept_content; Type: TABLE DATA; Schema: public; Owner: -
--



--
-- Data for Name: native_day; Type: TABLE DATA; Schema: public; Owner: -
--

INSERT INTO public.native_day VALUES ('43fa8429-caf5-4efe-b970-a0870d6dc097', '2026-12-01', 1, 2, '{0,0,0,0,0}', NULL, NULL);
INSERT INTO public.native_day VALUES ('ccdb4ad6-1bfe-47eb-b033-92192d8f6f12', '2026-12-01', 1, 2, '{0,0,0,0,0}', NULL, NULL);


--
-- Data for Name: pinned_run; Type: TABLE DATA; Schema: public; Owner: -
--

INSERT INTO public.pinned_run VALUES ('43fa8429-caf5-4efe-b970-a0870d6dc097', 'run', 'why', 'me', '2026-12-01 06:30:00+00');
INSERT INTO public.pinned_run VALUES ('ccdb4ad6-1bfe-47eb-b033-92192d8f6f12', 'run', 'why', 'me', '2026-12-01 06:30:00+00');


--
-- Data for Name: procrastinate_events; Type: TABLE DATA; Schema: public; Owner: -
--



--
-- Data for Name: procrastinate_jobs; Type: TABLE DATA; Schema: public; Owner: -
--



--
-- Data for Name: procrastinate_periodic_defers; Type: TABLE DATA; Schema: public; Owner: -
--



--
-- Data for Name: procrastinate_workers; Type: TABLE DATA; Schema: public; Owner: -
--



--
-- Data for Name: snapshot; Type: TABLE DATA; Schema: public; Owner: -
--

INSERT INTO public.snapshot VALUES ('43fa8429-caf5-4efe-b970-a0870d6dc097', 1, '2026-12-01 06:30:00+00', '2026-12-01 06:30:00+00', 'sync', 'run', 'catalog', 0, 0, 0, 0, 0, '{0,NULL,NULL}', '{0,NULL,NULL}', '{0,0,0,0,0}', '{0,0,0,0,0}', '{0,0,0,0,0}', true, '\x01ece154b19bb124ad3427e75c64c86eab094030eb001cdc61903880030000');
INSERT INTO public.snapshot VALUES ('ccdb4ad6-1bfe-47eb-b033-92192d8f6f12', 1, '2026-12-01 06:30:00+00', '2026-12-01 06:30:00+00', 'sync', 'run', 'catalog', 0, 0, 0, 0, 0, '{0,NULL,NULL}', '{0,NULL,NULL}', '{0,0,0,0,0}', '{0,0,0,0,0}', '{0,0,0,0,0}', true, '\x01ece154b19bb124ad3427e75c64c86eab094030eb001cdc61903880030000');


--
-- Data for Name: tenant; Type: TABLE DATA; Schema: public; Owner: -
--

INSERT INTO public.tenant VALUES ('43fa8429-caf5-4efe-b970-a0870d6dc097', 'aaaaaaaa-0000-4000-8000-000000000001', 'Tenant aaaa', 'active', 'Europe/Amsterdam', NULL, NULL, NULL, 30, 30, '2026-12-01 06:30:00+00');
INSERT INTO public.tenant VALUES ('ccdb4ad6-1bfe-47eb-b033-92192d8f6f12', 'bbbbbbbb-0000-4000-8000-000000000002', 'Tenant bbbb', 'active', 'Europe/Amsterdam', NULL, NULL, NULL, 30, 30, '2026-12-01 06:30:00+00');


--
-- Data for Name: tenant_group; Type: TABLE DATA; Schema: public; Owner: -
--



--
-- Data for Name: tenant_group_member; Type: TABLE DATA; Schema: public; Owner: -
--



--
-- Data for Name: tenant_summary; Type: TABLE DATA; Schema: public; Owner: -
--

INSERT INTO public.tenant_summary VALUES ('43fa8429-caf5-4efe-b970-a0870d6dc097', 'aaaaaaaa-0000-4000-8000-000000000001', 'Tenant aaaa', 'active', 'new', NULL, 'Europe/Amsterdam', 0, NULL, NULL, NULL, NULL, NULL, NULL, NULL);
INSERT INTO public.tenant_summary VALUES ('ccdb4ad6-1bfe-47eb-b033-92192d8f6f12', 'bbbbbbbb-0000-4000-8000-000000000002', 'Tenant bbbb', 'active', 'new', NULL, 'Europe/Amsterdam', 0, NULL, NULL, NULL, NULL, NULL, NULL, NULL);


--
-- Name: procrastinate_events_id_seq; Type: SEQUENCE SET; Schema: public; Owner: -
--

SELECT pg_catalog.setval('public.procrastinate_events_id_seq', 1, false);


--
-- Name: procrastinate_jobs_id_seq; Type: SEQUENCE SET; Schema: public; Owner: -
--

SELECT pg_catalog.setval('public.procrastinate_jobs_id_seq', 1, false);


--
-- Name: procrastinate_periodic_defers_id_seq; Type: SEQUENCE SET; Schema: public; Owner: -
--

SELECT pg_catalog.setval('public.procrastinate_periodic_defers_id_seq', 1, false);


--
-- Name: procrastinate_workers_id_seq; Type: SEQUENCE SET; Schema: public; Owner: -
--

SELECT pg_catalog.setval('public.procrastinate_workers_id_seq', 1, false);


--
-- Name: access_grant access_grant_pkey; Type: CONSTRAINT; Schema: public; Owner: -
--

ALTER TABLE ONLY public.access_grant
    ADD CONSTRAINT access_grant_pkey PRIMARY KEY (grant_id);


--
-- Name: access_grant access_grant_principal_role_tenant_id_group_id_key; Type: CONSTRAINT; Schema: public; Owner: -
--

ALTER TABLE ONLY public.access_grant
    ADD CONSTRAINT access_grant_principal_role_tenant_id_group_id_key UNIQUE NULLS NOT DISTINCT (principal, role, tenant_id, group_id);


--
-- Name: account account_pkey; Type: CONSTRAINT; Schema: public; Owner: -
--

ALTER TABLE ONLY public.account
    ADD CONSTRAINT account_pkey PRIMARY KEY (tenant_id, account_class, name);


--
-- Name: action_tag action_tag_pkey; Type: CONSTRAINT; Schema: public; Owner: -
--

ALTER TABLE ONLY public.action_tag
    ADD CONSTRAINT action_tag_pkey PRIMARY KEY (tenant_id, action, tag);


--
-- Name: activity activity_pkey; Type: CONSTRAINT; Schema: public; Owner: -
--

ALTER TABLE ONLY public.activity
    ADD CONSTRAINT activity_pkey PRIMARY KEY (tenant_id, snapshot);


--
-- Name: alembic_version alembic_version_pkc; Type: CONSTRAINT; Schema: public; Owner: -
--

ALTER TABLE ONLY public.alembic_version
    ADD CONSTRAINT alembic_version_pkc PRIMARY KEY (version_num);


--
-- Name: attestation attestation_pkey; Type: CONSTRAINT; Schema: public; Owner: -
--

ALTER TABLE ONLY public.attestation
    ADD CONSTRAINT attestation_pkey PRIMARY KEY (tenant_id, number);


--
-- Name: audit_entry audit_entry_pkey; Type: CONSTRAINT; Schema: public; Owner: -
--

ALTER TABLE ONLY public.audit_entry
    ADD CONSTRAINT audit_entry_pkey PRIMARY KEY (tenant_id, number);


--
-- Name: connection connection_pkey; Type: CONSTRAINT; Schema: public; Owner: -
--

ALTER TABLE ONLY public.connection
    ADD CONSTRAINT connection_pkey PRIMARY KEY (tenant_id);


--
-- Name: decision decision_pkey; Type: CONSTRAINT; Schema: public; Owner: -
--

ALTER TABLE ONLY public.decision
    ADD CONSTRAINT decision_pkey PRIMARY KEY (tenant_id, number);


--
-- Name: decision_policy decision_policy_pkey; Type: CONSTRAINT; Schema: public; Owner: -
--

ALTER TABLE ONLY public.decision_policy
    ADD CONSTRAINT decision_policy_pkey PRIMARY KEY (tenant_id);


--
-- Name: decision_request decision_request_pkey; Type: CONSTRAINT; Schema: public; Owner: -
--

ALTER TABLE ONLY public.decision_request
    ADD CONSTRAINT decision_request_pkey PRIMARY KEY (tenant_id, number);


--
-- Name: decision_template decision_template_pkey; Type: CONSTRAINT; Schema: public; Owner: -
--

ALTER TABLE ONLY public.decision_template
    ADD CONSTRAINT decision_template_pkey PRIMARY KEY (name);


--
-- Name: exclusion exclusion_pkey; Type: CONSTRAINT; Schema: public; Owner: -
--

ALTER TABLE ONLY public.exclusion
    ADD CONSTRAINT exclusion_pkey PRIMARY KEY (tenant_id, number);


--
-- Name: installation installation_only_one_key; Type: CONSTRAINT; Schema: public; Owner: -
--

ALTER TABLE ONLY public.installation
    ADD CONSTRAINT installation_only_one_key UNIQUE (only_one);


--
-- Name: installation installation_pkey; Type: CONSTRAINT; Schema: public; Owner: -
--

ALTER TABLE ONLY public.installation
    ADD CONSTRAINT installation_pkey PRIMARY KEY (installation_id);


--
-- Name: invitation invitation_pkey; Type: CONSTRAINT; Schema: public; Owner: -
--

ALTER TABLE ONLY public.invitation
    ADD CONSTRAINT invitation_pkey PRIMARY KEY (nonce);


--
-- Name: kept_content kept_content_pkey; Type: CONSTRAINT; Schema: public; Owner: -
--

ALTER TABLE ONLY public.kept_content
    ADD CONSTRAINT kept_content_pkey PRIMARY KEY (version);


--
-- Name: native_day native_day_pkey; Type: CONSTRAINT; Schema: public; Owner: -
--

ALTER TABLE ONLY public.native_day
    ADD CONSTRAINT native_day_pkey PRIMARY KEY (tenant_id, day);


--
-- Name: pinned_run pinned_run_pkey; Type: CONSTRAINT; Schema: public; Owner: -
--

ALTER TABLE ONLY public.pinned_run
    ADD CONSTRAINT pinned_run_pkey PRIMARY KEY (tenant_id, run_id);


--
-- Name: procrastinate_events procrastinate_events_pkey; Type: CONSTRAINT; Schema: public; Owner: -
--

ALTER TABLE ONLY public.procrastinate_events
    ADD CONSTRAINT procrastinate_events_pkey PRIMARY KEY (id);


--
-- Name: procrastinate_jobs procrastinate_jobs_pkey; Type: CONSTRAINT; Schema: public; Owner: -
--

ALTER TABLE ONLY public.procrastinate_jobs
    ADD CONSTRAINT procrastinate_jobs_pkey PRIMARY KEY (id);


--
-- Name: procrastinate_periodic_defers procrastinate_periodic_defers_pkey; Type: CONSTRAINT; Schema: public; Owner: -
--

ALTER TABLE ONLY public.procrastinate_periodic_defers
    ADD CONSTRAINT procrastinate_periodic_defers_pkey PRIMARY KEY (id);


--
-- Name: procrastinate_periodic_defers procrastinate_periodic_defers_unique; Type: CONSTRAINT; Schema: public; Owner: -
--

ALTER TABLE ONLY public.procrastinate_periodic_defers
    ADD CONSTRAINT procrastinate_periodic_defers_unique UNIQUE (task_name, periodic_id, defer_timestamp);


--
-- Name: procrastinate_workers procrastinate_workers_pkey; Type: CONSTRAINT; Schema: public; Owner: -
--

ALTER TABLE ONLY public.procrastinate_workers
    ADD CONSTRAINT procrastinate_workers_pkey PRIMARY KEY (id);


--
-- Name: snapshot snapshot_pkey; Type: CONSTRAINT; Schema: public; Owner: -
--

ALTER TABLE ONLY public.snapshot
    ADD CONSTRAINT snapshot_pkey PRIMARY KEY (tenant_id, number);


--
-- Name: tenant_group_member tenant_group_member_pkey; Type: CONSTRAINT; Schema: public; Owner: -
--

ALTER TABLE ONLY public.tenant_group_member
    ADD CONSTRAINT tenant_group_member_pkey PRIMARY KEY (tenant_id, group_id);


--
-- Name: tenant_group tenant_group_name_key; Type: CONSTRAINT; Schema: public; Owner: -
--

ALTER TABLE ONLY public.tenant_group
    ADD CONSTRAINT tenant_group_name_key UNIQUE (name);


--
-- Name: tenant_group tenant_group_pkey; Type: CONSTRAINT; Schema: public; Owner: -
--

ALTER TABLE ONLY public.tenant_group
    ADD CONSTRAINT tenant_group_pkey PRIMARY KEY (group_id);


--
-- Name: tenant tenant_pkey; Type: CONSTRAINT; Schema: public; Owner: -
--

ALTER TABLE ONLY public.tenant
    ADD CONSTRAINT tenant_pkey PRIMARY KEY (tenant_id);


--
-- Name: tenant_summary tenant_summary_pkey; Type: CONSTRAINT; Schema: public; Owner: -
--

ALTER TABLE ONLY public.tenant_summary
    ADD CONSTRAINT tenant_summary_pkey PRIMARY KEY (tenant_id);


--
-- Name: access_grant_group; Type: INDEX; Schema: public; Owner: -
--

CREATE INDEX access_grant_group ON public.access_grant USING btree (group_id);


--
-- Name: access_grant_tenant; Type: INDEX; Schema: public; Owner: -
--

CREATE INDEX access_grant_tenant ON public.access_grant USING btree (tenant_id);


--
-- Name: decision_request_waiting; Type: INDEX; Schema: public; Owner: -
--

CREATE INDEX decision_request_waiting ON public.decision_request USING btree (tenant_id) WHERE (outcome IS NULL);


--
-- Name: decision_standing; Type: INDEX; Schema: public; Owner: -
--

CREATE INDEX decision_standing ON public.decision USING btree (tenant_id, action) WHERE (ended_at IS NULL);


--
-- Name: decision_template_name; Type: INDEX; Schema: public; Owner: -
--

CREATE UNIQUE INDEX decision_template_name ON public.decision_template USING btree (lower(name));


--
-- Name: idx_procrastinate_jobs_worker_not_null; Type: INDEX; Schema: public; Owner: -
--

CREATE INDEX idx_procrastinate_jobs_worker_not_null ON public.procrastinate_jobs USING btree (worker_id) WHERE ((worker_id IS NOT NULL) AND (status = 'doing'::public.procrastinate_job_status));


--
-- Name: idx_procrastinate_workers_last_heartbeat; Type: INDEX; Schema: public; Owner: -
--

CREATE INDEX idx_procrastinate_workers_last_heartbeat ON public.procrastinate_workers USING btree (last_heartbeat);


--
-- Name: invitation_expires; Type: INDEX; Schema: public; Owner: -
--

CREATE INDEX invitation_expires ON public.invitation USING btree (expires_at);


--
-- Name: job_lock; Type: INDEX; Schema: public; Owner: -
--

CREATE INDEX job_lock ON public.procrastinate_jobs USING btree (lock) WHERE (status = ANY (ARRAY['todo'::public.procrastinate_job_status, 'doing'::public.procrastinate_job_status]));


--
-- Name: procrastinate_events_job_id_fkey_v1; Type: INDEX; Schema: public; Owner: -
--

CREATE INDEX procrastinate_events_job_id_fkey_v1 ON public.procrastinate_events USING btree (job_id);


--
-- Name: procrastinate_jobs_id_lock_idx_v1; Type: INDEX; Schema: public; Owner: -
--

CREATE INDEX procrastinate_jobs_id_lock_idx_v1 ON public.procrastinate_jobs USING btree (id, lock) WHERE (status = ANY (ARRAY['todo'::public.procrastinate_job_status, 'doing'::public.procrastinate_job_status]));


--
-- Name: procrastinate_jobs_lock_idx_v1; Type: INDEX; Schema: public; Owner: -
--

CREATE UNIQUE INDEX procrastinate_jobs_lock_idx_v1 ON public.procrastinate_jobs USING btree (lock) WHERE (status = 'doing'::public.procrastinate_job_status);


--
-- Name: procrastinate_jobs_priority_idx_v1; Type: INDEX; Schema: public; Owner: -
--

CREATE INDEX procrastinate_jobs_priority_idx_v1 ON public.procrastinate_jobs USING btree (priority DESC, id) WHERE (status = 'todo'::public.procrastinate_job_status);


--
-- Name: procrastinate_jobs_queue_name_idx_v1; Type: INDEX; Schema: public; Owner: -
--

CREATE INDEX procrastinate_jobs_queue_name_idx_v1 ON public.procrastinate_jobs USING btree (queue_name);


--
-- Name: procrastinate_jobs_queueing_lock_idx_v1; Type: INDEX; Schema: public; Owner: -
--

CREATE UNIQUE INDEX procrastinate_jobs_queueing_lock_idx_v1 ON public.procrastinate_jobs USING btree (queueing_lock) WHERE (status = 'todo'::public.procrastinate_job_status);


--
-- Name: procrastinate_periodic_defers_job_id_fkey_v1; Type: INDEX; Schema: public; Owner: -
--

CREATE INDEX procrastinate_periodic_defers_job_id_fkey_v1 ON public.procrastinate_periodic_defers USING btree (job_id);


--
-- Name: snapshot_taken; Type: INDEX; Schema: public; Owner: -
--

CREATE INDEX snapshot_taken ON public.snapshot USING btree (tenant_id, taken_at);


--
-- Name: tenant_directory_id; Type: INDEX; Schema: public; Owner: -
--

CREATE UNIQUE INDEX tenant_directory_id ON public.tenant USING btree (directory_id);


--
-- Name: tenant_group_member_group; Type: INDEX; Schema: public; Owner: -
--

CREATE INDEX tenant_group_member_group ON public.tenant_group_member USING btree (group_id);


--
-- Name: procrastinate_jobs procrastinate_jobs_notify_queue_job_aborted_v1; Type: TRIGGER; Schema: public; Owner: -
--

CREATE TRIGGER procrastinate_jobs_notify_queue_job_aborted_v1 AFTER UPDATE OF abort_requested ON public.procrastinate_jobs FOR EACH ROW WHEN (((old.abort_requested = false) AND (new.abort_requested = true) AND (new.status = 'doing'::public.procrastinate_job_status))) EXECUTE FUNCTION public.procrastinate_notify_queue_abort_job_v1();


--
-- Name: procrastinate_jobs procrastinate_jobs_notify_queue_job_inserted_v1; Type: TRIGGER; Schema: public; Owner: -
--

CREATE TRIGGER procrastinate_jobs_notify_queue_job_inserted_v1 AFTER INSERT ON public.procrastinate_jobs FOR EACH ROW WHEN ((new.status = 'todo'::public.procrastinate_job_status)) EXECUTE FUNCTION public.procrastinate_notify_queue_job_inserted_v1();


--
-- Name: procrastinate_jobs procrastinate_trigger_abort_requested_events_v1; Type: TRIGGER; Schema: public; Owner: -
--

CREATE TRIGGER procrastinate_trigger_abort_requested_events_v1 AFTER UPDATE OF abort_requested ON public.procrastinate_jobs FOR EACH ROW WHEN ((new.abort_requested = true)) EXECUTE FUNCTION public.procrastinate_trigger_abort_requested_events_procedure_v1();


--
-- Name: procrastinate_jobs procrastinate_trigger_delete_jobs_v1; Type: TRIGGER; Schema: public; Owner: -
--

CREATE TRIGGER procrastinate_trigger_delete_jobs_v1 BEFORE DELETE ON public.procrastinate_jobs FOR EACH ROW EXECUTE FUNCTION public.procrastinate_unlink_periodic_defers_v1();


--
-- Name: procrastinate_jobs procrastinate_trigger_scheduled_events_v1; Type: TRIGGER; Schema: public; Owner: -
--

CREATE TRIGGER procrastinate_trigger_scheduled_events_v1 AFTER INSERT OR UPDATE ON public.procrastinate_jobs FOR EACH ROW WHEN (((new.scheduled_at IS NOT NULL) AND (new.status = 'todo'::public.procrastinate_job_status))) EXECUTE FUNCTION public.procrastinate_trigger_function_scheduled_events_v1();


--
-- Name: procrastinate_jobs procrastinate_trigger_status_events_insert_v1; Type: TRIGGER; Schema: public; Owner: -
--

CREATE TRIGGER procrastinate_trigger_status_events_insert_v1 AFTER INSERT ON public.procrastinate_jobs FOR EACH ROW WHEN ((new.status = 'todo'::public.procrastinate_job_status)) EXECUTE FUNCTION public.procrastinate_trigger_function_status_events_insert_v1();


--
-- Name: procrastinate_jobs procrastinate_trigger_status_events_update_v1; Type: TRIGGER; Schema: public; Owner: -
--

CREATE TRIGGER procrastinate_trigger_status_events_update_v1 AFTER UPDATE OF status ON public.procrastinate_jobs FOR EACH ROW EXECUTE FUNCTION public.procrastinate_trigger_function_status_events_update_v1();


--
-- Name: access_grant access_grant_group_id_fkey; Type: FK CONSTRAINT; Schema: public; Owner: -
--

ALTER TABLE ONLY public.access_grant
    ADD CONSTRAINT access_grant_group_id_fkey FOREIGN KEY (group_id) REFERENCES public.tenant_group(group_id) ON DELETE CASCADE;


--
-- Name: access_grant access_grant_tenant_id_fkey; Type: FK CONSTRAINT; Schema: public; Owner: -
--

ALTER TABLE ONLY public.access_grant
    ADD CONSTRAINT access_grant_tenant_id_fkey FOREIGN KEY (tenant_id) REFERENCES public.tenant(tenant_id);


--
-- Name: account account_tenant_id_fkey; Type: FK CONSTRAINT; Schema: public; Owner: -
--

ALTER TABLE ONLY public.account
    ADD CONSTRAINT account_tenant_id_fkey FOREIGN KEY (tenant_id) REFERENCES public.tenant(tenant_id);


--
-- Name: action_tag action_tag_tenant_id_fkey; Type: FK CONSTRAINT; Schema: public; Owner: -
--

ALTER TABLE ONLY public.action_tag
    ADD CONSTRAINT action_tag_tenant_id_fkey FOREIGN KEY (tenant_id) REFERENCES public.tenant(tenant_id);


--
-- Name: activity activity_tenant_id_fkey; Type: FK CONSTRAINT; Schema: public; Owner: -
--

ALTER TABLE ONLY public.activity
    ADD CONSTRAINT activity_tenant_id_fkey FOREIGN KEY (tenant_id) REFERENCES public.tenant(tenant_id);


--
-- Name: activity activity_tenant_id_snapshot_fkey; Type: FK CONSTRAINT; Schema: public; Owner: -
--

ALTER TABLE ONLY public.activity
    ADD CONSTRAINT activity_tenant_id_snapshot_fkey FOREIGN KEY (tenant_id, snapshot) REFERENCES public.snapshot(tenant_id, number);


--
-- Name: attestation attestation_tenant_id_fkey; Type: FK CONSTRAINT; Schema: public; Owner: -
--

ALTER TABLE ONLY public.attestation
    ADD CONSTRAINT attestation_tenant_id_fkey FOREIGN KEY (tenant_id) REFERENCES public.tenant(tenant_id);


--
-- Name: connection connection_tenant_id_fkey; Type: FK CONSTRAINT; Schema: public; Owner: -
--

ALTER TABLE ONLY public.connection
    ADD CONSTRAINT connection_tenant_id_fkey FOREIGN KEY (tenant_id) REFERENCES public.tenant(tenant_id);


--
-- Name: decision_policy decision_policy_tenant_id_fkey; Type: FK CONSTRAINT; Schema: public; Owner: -
--

ALTER TABLE ONLY public.decision_policy
    ADD CONSTRAINT decision_policy_tenant_id_fkey FOREIGN KEY (tenant_id) REFERENCES public.tenant(tenant_id);


--
-- Name: decision_request decision_request_tenant_id_fkey; Type: FK CONSTRAINT; Schema: public; Owner: -
--

ALTER TABLE ONLY public.decision_request
    ADD CONSTRAINT decision_request_tenant_id_fkey FOREIGN KEY (tenant_id) REFERENCES public.tenant(tenant_id);


--
-- Name: decision decision_tenant_id_fkey; Type: FK CONSTRAINT; Schema: public; Owner: -
--

ALTER TABLE ONLY public.decision
    ADD CONSTRAINT decision_tenant_id_fkey FOREIGN KEY (tenant_id) REFERENCES public.tenant(tenant_id);


--
-- Name: exclusion exclusion_tenant_id_fkey; Type: FK CONSTRAINT; Schema: public; Owner: -
--

ALTER TABLE ONLY public.exclusion
    ADD CONSTRAINT exclusion_tenant_id_fkey FOREIGN KEY (tenant_id) REFERENCES public.tenant(tenant_id);


--
-- Name: native_day native_day_tenant_id_fkey; Type: FK CONSTRAINT; Schema: public; Owner: -
--

ALTER TABLE ONLY public.native_day
    ADD CONSTRAINT native_day_tenant_id_fkey FOREIGN KEY (tenant_id) REFERENCES public.tenant(tenant_id);


--
-- Name: pinned_run pinned_run_tenant_id_fkey; Type: FK CONSTRAINT; Schema: public; Owner: -
--

ALTER TABLE ONLY public.pinned_run
    ADD CONSTRAINT pinned_run_tenant_id_fkey FOREIGN KEY (tenant_id) REFERENCES public.tenant(tenant_id);


--
-- Name: procrastinate_events procrastinate_events_job_id_fkey; Type: FK CONSTRAINT; Schema: public; Owner: -
--

ALTER TABLE ONLY public.procrastinate_events
    ADD CONSTRAINT procrastinate_events_job_id_fkey FOREIGN KEY (job_id) REFERENCES public.procrastinate_jobs(id) ON DELETE CASCADE;


--
-- Name: procrastinate_jobs procrastinate_jobs_worker_id_fkey; Type: FK CONSTRAINT; Schema: public; Owner: -
--

ALTER TABLE ONLY public.procrastinate_jobs
    ADD CONSTRAINT procrastinate_jobs_worker_id_fkey FOREIGN KEY (worker_id) REFERENCES public.procrastinate_workers(id) ON DELETE SET NULL;


--
-- Name: procrastinate_periodic_defers procrastinate_periodic_defers_job_id_fkey; Type: FK CONSTRAINT; Schema: public; Owner: -
--

ALTER TABLE ONLY public.procrastinate_periodic_defers
    ADD CONSTRAINT procrastinate_periodic_defers_job_id_fkey FOREIGN KEY (job_id) REFERENCES public.procrastinate_jobs(id);


--
-- Name: snapshot snapshot_tenant_id_fkey; Type: FK CONSTRAINT; Schema: public; Owner: -
--

ALTER TABLE ONLY public.snapshot
    ADD CONSTRAINT snapshot_tenant_id_fkey FOREIGN KEY (tenant_id) REFERENCES public.tenant(tenant_id);


--
-- Name: tenant_group_member tenant_group_member_group_id_fkey; Type: FK CONSTRAINT; Schema: public; Owner: -
--

ALTER TABLE ONLY public.tenant_group_member
    ADD CONSTRAINT tenant_group_member_group_id_fkey FOREIGN KEY (group_id) REFERENCES public.tenant_group(group_id) ON DELETE CASCADE;


--
-- Name: tenant_group_member tenant_group_member_tenant_id_fkey; Type: FK CONSTRAINT; Schema: public; Owner: -
--

ALTER TABLE ONLY public.tenant_group_member
    ADD CONSTRAINT tenant_group_member_tenant_id_fkey FOREIGN KEY (tenant_id) REFERENCES public.tenant(tenant_id);


--
-- Name: tenant_summary tenant_summary_tenant_id_fkey; Type: FK CONSTRAINT; Schema: public; Owner: -
--

ALTER TABLE ONLY public.tenant_summary
    ADD CONSTRAINT tenant_summary_tenant_id_fkey FOREIGN KEY (tenant_id) REFERENCES public.tenant(tenant_id);


--
-- Name: access_grant; Type: ROW SECURITY; Schema: public; Owner: -
--

ALTER TABLE public.access_grant ENABLE ROW LEVEL SECURITY;

--
-- Name: account; Type: ROW SECURITY; Schema: public; Owner: -
--

ALTER TABLE public.account ENABLE ROW LEVEL SECURITY;

--
-- Name: action_tag; Type: ROW SECURITY; Schema: public; Owner: -
--

ALTER TABLE public.action_tag ENABLE ROW LEVEL SECURITY;

--
-- Name: activity; Type: ROW SECURITY; Schema: public; Owner: -
--

ALTER TABLE public.activity ENABLE ROW LEVEL SECURITY;

--
-- Name: attestation; Type: ROW SECURITY; Schema: public; Owner: -
--

ALTER TABLE public.attestation ENABLE ROW LEVEL SECURITY;

--
-- Name: audit_entry; Type: ROW SECURITY; Schema: public; Owner: -
--

ALTER TABLE public.audit_entry ENABLE ROW LEVEL SECURITY;

--
-- Name: connection; Type: ROW SECURITY; Schema: public; Owner: -
--

ALTER TABLE public.connection ENABLE ROW LEVEL SECURITY;

--
-- Name: decision; Type: ROW SECURITY; Schema: public; Owner: -
--

ALTER TABLE public.decision ENABLE ROW LEVEL SECURITY;

--
-- Name: decision_policy; Type: ROW SECURITY; Schema: public; Owner: -
--

ALTER TABLE public.decision_policy ENABLE ROW LEVEL SECURITY;

--
-- Name: decision_request; Type: ROW SECURITY; Schema: public; Owner: -
--

ALTER TABLE public.decision_request ENABLE ROW LEVEL SECURITY;

--
-- Name: exclusion; Type: ROW SECURITY; Schema: public; Owner: -
--

ALTER TABLE public.exclusion ENABLE ROW LEVEL SECURITY;

--
-- Name: tenant_summary granted; Type: POLICY; Schema: public; Owner: -
--

CREATE POLICY granted ON public.tenant_summary FOR SELECT USING ((( SELECT (EXISTS ( SELECT
           FROM public.access_grant g
          WHERE ((g.principal = public.current_reader()) AND (g.tenant_id IS NULL) AND (g.group_id IS NULL)))) AS "exists") OR (tenant_id IN ( SELECT g.tenant_id
   FROM public.access_grant g
  WHERE (g.principal = public.current_reader()))) OR (tenant_id IN ( SELECT m.tenant_id
   FROM (public.tenant_group_member m
     JOIN public.access_grant g USING (group_id))
  WHERE (g.principal = public.current_reader())))));


--
-- Name: native_day; Type: ROW SECURITY; Schema: public; Owner: -
--

ALTER TABLE public.native_day ENABLE ROW LEVEL SECURITY;

--
-- Name: access_grant of_people; Type: POLICY; Schema: public; Owner: -
--

CREATE POLICY of_people ON public.access_grant USING (public.manages_people()) WITH CHECK (public.manages_people());


--
-- Name: tenant_group_member of_reader; Type: POLICY; Schema: public; Owner: -
--

CREATE POLICY of_reader ON public.tenant_group_member FOR SELECT USING (((group_id IN ( SELECT g.group_id
   FROM public.access_grant g
  WHERE (g.principal = public.current_reader()))) OR ( SELECT (EXISTS ( SELECT
           FROM public.access_grant g
          WHERE ((g.principal = public.current_reader()) AND (g.tenant_id IS NULL) AND (g.group_id IS NULL)))) AS "exists")));


--
-- Name: access_grant of_tenant; Type: POLICY; Schema: public; Owner: -
--

CREATE POLICY of_tenant ON public.access_grant USING ((tenant_id = public.current_tenant())) WITH CHECK ((tenant_id = public.current_tenant()));


--
-- Name: account of_tenant; Type: POLICY; Schema: public; Owner: -
--

CREATE POLICY of_tenant ON public.account USING ((tenant_id = public.current_tenant())) WITH CHECK ((tenant_id = public.current_tenant()));


--
-- Name: action_tag of_tenant; Type: POLICY; Schema: public; Owner: -
--

CREATE POLICY of_tenant ON public.action_tag USING ((tenant_id = public.current_tenant())) WITH CHECK ((tenant_id = public.current_tenant()));


--
-- Name: activity of_tenant; Type: POLICY; Schema: public; Owner: -
--

CREATE POLICY of_tenant ON public.activity USING ((tenant_id = public.current_tenant())) WITH CHECK ((tenant_id = public.current_tenant()));


--
-- Name: attestation of_tenant; Type: POLICY; Schema: public; Owner: -
--

CREATE POLICY of_tenant ON public.attestation USING ((tenant_id = public.current_tenant())) WITH CHECK ((tenant_id = public.current_tenant()));


--
-- Name: audit_entry of_tenant; Type: POLICY; Schema: public; Owner: -
--

CREATE POLICY of_tenant ON public.audit_entry USING ((tenant_id = public.current_tenant())) WITH CHECK ((tenant_id = public.current_tenant()));


--
-- Name: connection of_tenant; Type: POLICY; Schema: public; Owner: -
--

CREATE POLICY of_tenant ON public.connection USING ((tenant_id = public.current_tenant())) WITH CHECK ((tenant_id = public.current_tenant()));


--
-- Name: decision of_tenant; Type: POLICY; Schema: public; Owner: -
--

CREATE POLICY of_tenant ON public.decision USING ((tenant_id = public.current_tenant())) WITH CHECK ((tenant_id = public.current_tenant()));


--
-- Name: decision_policy of_tenant; Type: POLICY; Schema: public; Owner: -
--

CREATE POLICY of_tenant ON public.decision_policy USING ((tenant_id = public.current_tenant())) WITH CHECK ((tenant_id = public.current_tenant()));


--
-- Name: decision_request of_tenant; Type: POLICY; Schema: public; Owner: -
--

CREATE POLICY of_tenant ON public.decision_request USING ((tenant_id = public.current_tenant())) WITH CHECK ((tenant_id = public.current_tenant()));


--
-- Name: exclusion of_tenant; Type: POLICY; Schema: public; Owner: -
--

CREATE POLICY of_tenant ON public.exclusion USING ((tenant_id = public.current_tenant())) WITH CHECK ((tenant_id = public.current_tenant()));


--
-- Name: native_day of_tenant; Type: POLICY; Schema: public; Owner: -
--

CREATE POLICY of_tenant ON public.native_day USING ((tenant_id = public.current_tenant())) WITH CHECK ((tenant_id = public.current_tenant()));


--
-- Name: pinned_run of_tenant; Type: POLICY; Schema: public; Owner: -
--

CREATE POLICY of_tenant ON public.pinned_run USING ((tenant_id = public.current_tenant())) WITH CHECK ((tenant_id = public.current_tenant()));


--
-- Name: snapshot of_tenant; Type: POLICY; Schema: public; Owner: -
--

CREATE POLICY of_tenant ON public.snapshot USING ((tenant_id = public.current_tenant())) WITH CHECK ((tenant_id = public.current_tenant()));


--
-- Name: tenant of_tenant; Type: POLICY; Schema: public; Owner: -
--

CREATE POLICY of_tenant ON public.tenant USING ((tenant_id = public.current_tenant())) WITH CHECK ((tenant_id = public.current_tenant()));


--
-- Name: tenant_group_member of_tenant; Type: POLICY; Schema: public; Owner: -
--

CREATE POLICY of_tenant ON public.tenant_group_member USING ((tenant_id = public.current_tenant())) WITH CHECK ((tenant_id = public.current_tenant()));


--
-- Name: tenant_summary of_tenant; Type: POLICY; Schema: public; Owner: -
--

CREATE POLICY of_tenant ON public.tenant_summary USING ((tenant_id = public.current_tenant())) WITH CHECK ((tenant_id = public.current_tenant()));


--
-- Name: access_grant own; Type: POLICY; Schema: public; Owner: -
--

CREATE POLICY own ON public.access_grant FOR SELECT USING ((principal = public.current_reader()));


--
-- Name: pinned_run; Type: ROW SECURITY; Schema: public; Owner: -
--

ALTER TABLE public.pinned_run ENABLE ROW LEVEL SECURITY;

--
-- Name: snapshot; Type: ROW SECURITY; Schema: public; Owner: -
--

ALTER TABLE public.snapshot ENABLE ROW LEVEL SECURITY;

--
-- Name: tenant; Type: ROW SECURITY; Schema: public; Owner: -
--

ALTER TABLE public.tenant ENABLE ROW LEVEL SECURITY;

--
-- Name: tenant_group_member; Type: ROW SECURITY; Schema: public; Owner: -
--

ALTER TABLE public.tenant_group_member ENABLE ROW LEVEL SECURITY;

--
-- Name: tenant_summary; Type: ROW SECURITY; Schema: public; Owner: -
--

ALTER TABLE public.tenant_summary ENABLE ROW LEVEL SECURITY;

--
-- PostgreSQL database dump complete
--
