"""What MLflow itself finds of a run that Falx has logged.

    mlflow server --host 127.0.0.1 --port 5599 --workers 1 --serve-artifacts &
    node build/falx.mjs mlflow RUN http://127.0.0.1:5599 --home HOME
    python3 test/convert/mlflow.py http://127.0.0.1:5599 RUN

Tried with MLflow 3.17.2, Python 3, on 2026-11-29.
"""

import subprocess
import sys
import tempfile

import mlflow

server, falx_run = sys.argv[1:]
mlflow.set_tracking_uri(server)
client = mlflow.MlflowClient()
experiment = client.get_experiment_by_name("Falx")
[run, *_] = client.search_runs([experiment.experiment_id], f"tags.`falx.run` = '{falx_run}'")
assert run.info.status == "FINISHED", run.info.status
assert run.data.tags["falx.notice"].startswith("Research use only")
curve = client.get_metric_history(run.info.run_id, "train/loss")
assert [point.step for point in curve] == list(range(1, len(curve) + 1)), curve
assert run.data.params["network"] and run.data.params["epochs"]
with tempfile.TemporaryDirectory() as folder:
    model = mlflow.artifacts.download_artifacts(
        run_id=run.info.run_id, artifact_path="model", dst_path=folder
    )
    subprocess.run(["sha256sum", "--check", "--strict", "SHA256SUMS"], cwd=model, check=True)
print(f"MLflow {mlflow.__version__}: {len(curve)} epochs, {len(run.data.params)} parameters, the model whole")
