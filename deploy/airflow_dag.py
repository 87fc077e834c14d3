"""An Airflow DAG: every morning what is due, then the list to contact; commands only."""

from datetime import datetime, timedelta

from airflow.providers.standard.operators.bash import BashOperator
from airflow.sdk import DAG

HOLDFAST = "/srv/holdfast/venv/bin/holdfast"

with DAG(
    "holdfast",
    schedule="0 5 * * *",
    start_date=datetime(2026, 1, 1),
    catchup=False,  # what is due is decided by the scenario, not by missed days
    max_active_runs=1,
    default_args={"retries": 2, "retry_delay": timedelta(minutes=10)},
) as dag:
    due = BashOperator(
        task_id="due",
        cwd="/srv/holdfast",
        bash_command=f"{HOLDFAST} run --due -c shop.yaml",
    )
    at_risk = BashOperator(
        task_id="at_risk",
        cwd="/srv/holdfast",
        bash_command=f"{HOLDFAST} list at-risk -c shop.yaml --budget 500",
    )
    due >> at_risk
