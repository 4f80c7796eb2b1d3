# One image for the web, the worker and every command. Built in two steps, so that node stays out of it.
FROM python:3.11-slim AS build
WORKDIR /src
# Wheels of what we depend on come first and stay cached as long as pyproject.toml does not change.
COPY pyproject.toml ./
RUN python -c "import tomllib; print('\n'.join(tomllib.load(open('pyproject.toml', 'rb'))['project']['dependencies']))" \
        > requirements.txt \
    && pip wheel --no-cache-dir --wheel-dir /wheels -r requirements.txt
COPY README.md hatch_build.py ./
COPY service ./service
# The build hook makes the browser parts with a node that comes as a Python package.
RUN pip wheel --no-cache-dir --no-deps --wheel-dir /wheels .

FROM python:3.11-slim
# The version is that of the wheels built above; there is no index to choose from.
# hadolint ignore=DL3013
RUN --mount=type=bind,from=build,source=/wheels,target=/wheels \
    pip install --no-cache-dir --no-index --find-links /wheels pingshen \
    && useradd --system --uid 10001 --home-dir /nonexistent --shell /usr/sbin/nologin pingshen \
    && install --directory --owner=pingshen --mode=0700 /data
WORKDIR /srv/pingshen
COPY processes ./processes
COPY forms ./forms
ENV PYTHONUNBUFFERED=1 \
    PYTHONDONTWRITEBYTECODE=1 \
    PINGSHEN_DATA=/data \
    PINGSHEN_HOST=0.0.0.0
USER 10001
VOLUME /data
EXPOSE 8080
HEALTHCHECK --interval=10s --timeout=5s --start-period=30s --retries=3 \
    CMD ["python", "-c", "import urllib.request as u; u.urlopen('http://127.0.0.1:8080/health/ready', timeout=4)"]
CMD ["pingshen", "serve"]
