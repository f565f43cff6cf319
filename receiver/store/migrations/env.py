"""Alembic's door: it runs the versions on the writer's connection, each in one transaction."""

from alembic import context

from receiver.store.schema import metadata

engine = context.config.attributes["engine"]
with engine.connect() as connection:
    context.configure(
        connection=connection, target_metadata=metadata, transaction_per_migration=True, transactional_ddl=True
    )
    with context.begin_transaction():
        context.run_migrations()
