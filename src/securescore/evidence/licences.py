"""Which service plans count as owned: one rule for the collection and the assessment."""

OWNED_PLANS = (
    "SELECT DISTINCT plan FROM service_plans WHERE plan IS NOT NULL "
    "AND lower(plan_status) IN ('success', 'pendinginput', 'pendingactivation', 'pendingprovisioning') "
    "AND (lower(sku_status) = 'warning' OR coalesce(lower(sku_status), 'enabled') = 'enabled' AND coalesce(seats, 1) > 0)"
)
"""SQL over the table `service_plans`. A subscription that is suspended, locked out or deleted licenses nothing, nor does
one without seats; one in its grace period (warning) still does. In doubt a plan is owned: then a refused table is a missing permission, and
nothing passes for empty."""
