# The worker image: the package and what it needs at run time, nothing that builds or installs.

FROM python:3.11.13-slim-bookworm AS build

ENV PIP_DISABLE_PIP_VERSION_CHECK=1 PIP_NO_CACHE_DIR=1 PIP_ROOT_USER_ACTION=ignore
WORKDIR /build

# An environment without pip, filled from outside; in this order, so that a change of our code leaves the layer alone.
COPY requirements/build.txt requirements/worker.txt requirements/
RUN python -m venv --without-pip /opt/churn-monitor \
 && pip install --require-hashes -r requirements/build.txt \
 && pip --python /opt/churn-monitor/bin/python install --require-hashes --only-binary :all: -r requirements/worker.txt

COPY pyproject.toml README.md LICENSE ./
COPY schemas schemas
COPY monitor monitor
COPY agents agents
RUN pip wheel --no-deps --no-build-isolation --wheel-dir dist . \
 && pip --python /opt/churn-monitor/bin/python install --no-deps dist/*.whl


FROM python:3.11.13-slim-bookworm

RUN useradd --system --user-group --no-create-home --uid 10001 churn-monitor \
 && install -d -o churn-monitor -g churn-monitor /var/lib/churn-monitor
COPY --from=build /opt/churn-monitor /opt/churn-monitor

ENV PATH=/opt/churn-monitor/bin:$PATH PYTHONUNBUFFERED=1 CHURN_MONITOR_DATA_DIR=/var/lib/churn-monitor
WORKDIR /var/lib/churn-monitor
VOLUME /var/lib/churn-monitor
USER churn-monitor

STOPSIGNAL SIGTERM
ENTRYPOINT ["churn-monitor"]
CMD ["worker"]
