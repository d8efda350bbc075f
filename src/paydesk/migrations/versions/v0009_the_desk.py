"""The desk: accounts, sessions, links, and the audit log, which the database itself protects."""

import sqlalchemy as sa
from alembic import op

revision = "0009"
down_revision = "0008"
branch_labels = None
depends_on = None

_WHY = "the audit log is added to, never changed"
_SQLITE_TRIGGERS = (
    f"""
    CREATE TRIGGER paydesk_audit_is_not_edited BEFORE UPDATE ON paydesk_audit
    BEGIN SELECT RAISE(ABORT, '{_WHY}'); END
    """,
    f"""
    CREATE TRIGGER paydesk_audit_is_not_deleted BEFORE DELETE ON paydesk_audit
    BEGIN SELECT RAISE(ABORT, '{_WHY}'); END
    """,
    # INSERT OR REPLACE takes the old row away without asking the trigger above.
    """
    CREATE TRIGGER paydesk_audit_is_not_replaced BEFORE INSERT ON paydesk_audit
    WHEN EXISTS (SELECT 1 FROM paydesk_audit WHERE id = NEW.id)
    BEGIN SELECT RAISE(ABORT, 'the audit log is added to, never changed'); END
    """,
)
_POSTGRESQL_TRIGGERS = (
    f"""
    CREATE FUNCTION paydesk_keep_audit() RETURNS trigger AS $$
    BEGIN RAISE EXCEPTION '{_WHY}'; END
    $$ LANGUAGE plpgsql
    """,
    """
    CREATE TRIGGER paydesk_audit_is_not_edited BEFORE UPDATE OR DELETE ON paydesk_audit
    FOR EACH ROW EXECUTE FUNCTION paydesk_keep_audit()
    """,
    """
    CREATE TRIGGER paydesk_audit_is_not_emptied BEFORE TRUNCATE ON paydesk_audit
    FOR EACH STATEMENT EXECUTE FUNCTION paydesk_keep_audit()
    """,
)


def _moment(name: str, *, nullable: bool = False) -> sa.Column[object]:
    return sa.Column(name, sa.DateTime(timezone=True), nullable=nullable)


def upgrade() -> None:
    _create_staff()
    _create_sign_in()
    op.create_table(
        "paydesk_audit",
        sa.Column("id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        _moment("at"),
        sa.Column("who", sa.String(length=254), nullable=False),
        sa.Column("what", sa.String(length=80), nullable=False),
        sa.Column("about", sa.String(length=200), nullable=False),
        sa.Column("before", sa.JSON(), nullable=True),
        sa.Column("after", sa.JSON(), nullable=True),
        sa.PrimaryKeyConstraint("id"),
    )
    for name in ("about", "who", "what"):
        op.create_index(f"paydesk_audit_by_{name}", "paydesk_audit", [name, "id"])
    op.create_index("ix_paydesk_audit_at", "paydesk_audit", ["at"])
    is_sqlite = op.get_bind().dialect.name == "sqlite"
    for statement in _SQLITE_TRIGGERS if is_sqlite else _POSTGRESQL_TRIGGERS:
        op.execute(statement)


def _create_staff() -> None:
    op.create_table(
        "paydesk_staff",
        sa.Column("id", sa.String(length=40), nullable=False),
        sa.Column("email", sa.String(length=254), nullable=False),
        sa.Column("name", sa.String(length=100), nullable=False),
        sa.Column("role", sa.String(length=20), nullable=False),
        sa.Column("password_hash", sa.String(length=200), nullable=True),
        sa.Column("totp_secret", sa.String(length=64), nullable=True),
        sa.Column("totp_step", sa.BigInteger(), nullable=False),
        _moment("created_at"),
        _moment("signed_in_at", nullable=True),
        _moment("disabled_at", nullable=True),
        sa.PrimaryKeyConstraint("id"),
        sa.UniqueConstraint("email"),
    )


def _create_sign_in() -> None:
    op.create_table(
        "paydesk_staff_sessions",
        sa.Column("key", sa.String(length=64), nullable=False),
        sa.Column("staff_id", sa.String(length=40), nullable=False),
        sa.Column("is_complete", sa.Boolean(), nullable=False),
        _moment("created_at"),
        _moment("seen_at"),
        _moment("proved_at"),
        sa.Column("agent", sa.String(length=200), nullable=False),
        sa.Column("address", sa.String(length=45), nullable=False),
        sa.PrimaryKeyConstraint("key"),
        sa.ForeignKeyConstraint(["staff_id"], ["paydesk_staff.id"]),
    )
    op.create_table(
        "paydesk_staff_links",
        sa.Column("key", sa.String(length=64), nullable=False),
        sa.Column("staff_id", sa.String(length=40), nullable=True),
        sa.Column("drops_second_factor", sa.Boolean(), nullable=False),
        _moment("created_at"),
        _moment("expires_at"),
        _moment("used_at", nullable=True),
        sa.PrimaryKeyConstraint("key"),
        sa.ForeignKeyConstraint(["staff_id"], ["paydesk_staff.id"]),
    )
    op.create_table(
        "paydesk_recovery_codes",
        sa.Column("key", sa.String(length=64), nullable=False),
        sa.Column("staff_id", sa.String(length=40), nullable=False),
        _moment("used_at", nullable=True),
        sa.PrimaryKeyConstraint("key"),
        sa.ForeignKeyConstraint(["staff_id"], ["paydesk_staff.id"]),
    )
    for name in ("staff_sessions", "staff_links", "recovery_codes"):
        op.create_index(f"ix_paydesk_{name}_staff_id", f"paydesk_{name}", ["staff_id"])
    op.create_table(
        "paydesk_failed_sign_ins",
        sa.Column("key", sa.String(length=64), nullable=False),
        sa.Column("count", sa.BigInteger(), nullable=False),
        _moment("last_at"),
        sa.PrimaryKeyConstraint("key"),
    )
    op.create_index("ix_paydesk_failed_sign_ins_last_at", "paydesk_failed_sign_ins", ["last_at"])
