<%!
    def without_remarks(commands):
        return "\n".join(line for line in (commands or "pass").splitlines() if "# ###" not in line).strip()
%>"""${message}"""

import sqlalchemy as sa
from alembic import op

revision = ${repr(up_revision)}
down_revision = ${repr(down_revision)}
branch_labels = None
depends_on = None


def upgrade() -> None:
    ${without_remarks(upgrades)}


def downgrade() -> None:
    ${without_remarks(downgrades)}
