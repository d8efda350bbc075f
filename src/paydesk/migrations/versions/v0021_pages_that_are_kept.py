"""What the pages of a buyer show beside the catalogue is counted with it: who sells, and how."""

from alembic import op

revision = "0021"
down_revision = "0020"
branch_labels = None
depends_on = None

_SHOWN = ("shop_facts", "legal_texts", "shipping_rates", "tax_rates")


def upgrade() -> None:
    for table in _SHOWN:
        for change in ("insert", "update", "delete"):
            op.execute(_trigger(table, change))


def _trigger(table: str, change: str) -> str:
    name = f"paydesk_{table}_{change}_is_counted"
    if op.get_bind().dialect.name == "sqlite":
        return (
            f"CREATE TRIGGER {name} AFTER {change.upper()} ON paydesk_{table} "  # noqa: S608 - names of ours alone
            "BEGIN UPDATE paydesk_revision SET number = number + 1; END"
        )
    return (
        f"CREATE CONSTRAINT TRIGGER {name} AFTER {change.upper()} ON paydesk_{table} "
        "DEFERRABLE INITIALLY DEFERRED FOR EACH ROW EXECUTE FUNCTION paydesk_count_change()"
    )


def downgrade() -> None:
    raise NotImplementedError("tables are not taken away: restore a backup instead")
