"""What MLflow itself finds of a run that Falx has logged.

    mlflow server --host 127.0.0.1 --port 5599 --workers 1 --serve-artifacts &
    node build/falx.mjs mlflow RUN http://127.0.0.1:5599 --home HOME
    node build/falx.mjs show RUN --json --home HOME > show.json
    python3 test/convert/logged.py http://127.0.0.1:5599 RUN show.json

The last is what Falx has of an evaluated run: epochs and measures are held against it. Tried with MLflow 3.17.2, Python 3, on 2026-11-30.
"""

import json
import subprocess
import sys
import tempfile

import mlflow

server, falx_run, *show = sys.argv[1:]
mlflow.set_tracking_uri(server)
client = mlflow.MlflowClient()
experiment = client.get_experiment_by_name("Falx")
[run, *_] = client.search_runs([experiment.experiment_id], f"tags.`falx.run` = '{falx_run}'")
assert run.info.status == "FINISHED", run.info.status
assert run.data.tags["falx.notice"].startswith("Research use only")
curve = client.get_metric_history(run.info.run_id, "train/loss")
assert [point.step for point in curve] == list(range(1, len(curve) + 1)), curve
assert run.data.params["network"] and run.data.params["epochs"]
for shown in show:
    with open(shown) as file:
        known = json.load(file)
    for key, of in (("train/loss", "trainLoss"), ("validation/loss", "validationLoss"), ("learning_rate", "learningRate")):
        logged = [point.value for point in client.get_metric_history(run.info.run_id, key)]
        assert logged == [epoch[of] for epoch in known["epochs"]], (key, logged)
    [test] = [metrics for metrics in known["metrics"] if metrics["part"] == "test"]
    for name in ("accuracy", "sensitivity", "specificity", "ppv", "npv", "f1", "auc"):
        value = test[name]["value"] if isinstance(test[name], dict) else test[name]
        assert run.data.metrics[f"test/{name}"] == value, (name, run.data.metrics.get(f"test/{name}"), value)
    print(f"{len(known['epochs'])} epochs and 7 measures are Falx's own")
with tempfile.TemporaryDirectory() as folder:
    model = mlflow.artifacts.download_artifacts(
        run_id=run.info.run_id, artifact_path="model", dst_path=folder
    )
    subprocess.run(["sha256sum", "--check", "--strict", "SHA256SUMS"], cwd=model, check=True)
print(f"MLflow {mlflow.__version__}: {len(curve)} epochs, {len(run.data.params)} parameters, the model whole")
