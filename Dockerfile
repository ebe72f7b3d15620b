# One image for all services of docker-compose.yaml: the locked requirements and this project, run by a user without rights.
FROM python:3.12-slim

ENV PYTHONUNBUFFERED=1 \
    PYTHONPATH=/opt/gradesync \
    AIRFLOW_HOME=/opt/gradesync/airflow \
    AIRFLOW__CORE__DAGS_FOLDER=/opt/gradesync/dags \
    AIRFLOW__CORE__PLUGINS_FOLDER=/opt/gradesync/plugins \
    AIRFLOW__CORE__LOAD_EXAMPLES=False

RUN useradd --uid 50000 --user-group --home-dir /opt/gradesync --no-create-home gradesync \
    && mkdir -p /opt/gradesync/airflow/logs /opt/gradesync/artifacts /opt/gradesync/sandbox \
    && chown -R gradesync:gradesync /opt/gradesync \
    && chmod -R go-rwx /opt/gradesync/airflow /opt/gradesync/artifacts /opt/gradesync/sandbox

WORKDIR /opt/gradesync
COPY requirements.txt ./
RUN pip install --no-cache-dir --require-hashes -r requirements.txt

# For Kubernetes (deploy/helm-values.yaml): docker build --build-arg KUBERNETES=1
ARG KUBERNETES=
COPY requirements-kubernetes.txt ./
RUN test -z "$KUBERNETES" || pip install --no-cache-dir --require-hashes -r requirements-kubernetes.txt

COPY pyproject.toml README.md LICENSE ./
COPY include ./include
COPY embedded ./embedded
COPY deploy/entrypoint ./deploy/entrypoint
COPY plugins ./plugins
COPY dags ./dags
COPY config ./config
RUN pip install --no-cache-dir --no-deps --no-build-isolation -e .

USER gradesync
ENTRYPOINT ["/opt/gradesync/deploy/entrypoint"]
