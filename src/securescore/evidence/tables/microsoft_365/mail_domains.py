"""What the domains of the organisation publish in DNS about their mail."""

from securescore.evidence.schema import Column, Table

MAIL_DOMAIN_RECORDS = Table(
    name="mail_domain_records",
    about="SPF, DKIM and DMARC of each domain, as DNS answers",
    key=("domain", "record", "ordinal"),
    permission=None,
    columns=(
        Column("domain", "VARCHAR"),
        # spf, dmarc, dkim1, dkim2
        Column("record", "VARCHAR"),
        # several records of one kind are several rows; where there is none, one row with ordinal 0
        Column("ordinal", "INTEGER"),
        # found, absent, unknown (no answer in time, the server failed)
        Column("state", "VARCHAR"),
        # where it was found: the name that was asked for, or the organisational domain above it for DMARC
        Column("name", "VARCHAR"),
        # the record's text; for DKIM the target of the CNAME, or the key itself
        Column("text", "VARCHAR"),
        Column("error", "VARCHAR"),
    ),
)

TABLES = (MAIL_DOMAIN_RECORDS,)
