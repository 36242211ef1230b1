"""A cluster that never was: what `tutor.runner.cluster` asks of submitit, and nothing more."""

from types import SimpleNamespace


class FakeCluster:
    """Stands where submitit is imported.

    Attributes:
        jobs: State of each job, in the cluster's words; tests change it.
        parameters: What the last job asked for.
        calls: What the last job is to run.
        refuses: What it says instead of taking a job.
        questions: How often the state of a job was asked.
    """

    def __init__(self):
        self.jobs = {}
        self.parameters = {}
        self.calls = None
        self.refuses = ""
        self.questions = 0
        self.SlurmJob = self._job

    def AutoExecutor(self, folder, cluster):
        assert cluster == "slurm"
        return SimpleNamespace(update_parameters=self._update, submit=self._submit)

    def _update(self, **parameters):
        self.parameters = parameters

    def _submit(self, function, *arguments):
        if self.refuses:
            raise RuntimeError(self.refuses)
        self.calls = (function, arguments)
        name = str(1234 + len(self.jobs))
        self.jobs[name] = "PENDING"
        return self._job("", name)

    def _job(self, folder, job_id):
        return _Job(self, job_id)


class _Job:
    def __init__(self, cluster, job_id):
        self._cluster = cluster
        self.job_id = job_id

    @property
    def state(self):
        self._cluster.questions += 1
        return self._cluster.jobs[self.job_id]

    def cancel(self, check=True):
        self._cluster.jobs[self.job_id] = "CANCELLED by 1000"
