# Two stages: the virtual environment is made from the hashed lock, the image keeps only that and the program.
FROM python:3.11-slim-bookworm AS build
WORKDIR /app
COPY requirements.lock ./
RUN python -m venv /venv && /venv/bin/pip install --no-cache-dir --require-hashes -r requirements.lock
COPY . .
RUN /venv/bin/pip install --no-cache-dir --no-deps --no-build-isolation . \
    && /venv/bin/pip uninstall --yes setuptools pip

FROM python:3.11-slim-bookworm
RUN useradd --system --uid 10001 --home-dir /data muadam && install -d -o muadam /data
COPY --from=build /venv /venv
WORKDIR /app
COPY lessons.yaml ./
COPY lessons ./lessons
ENV PATH=/venv/bin:$PATH PYTHONUNBUFFERED=1 MUADAM_DATA_DIR=/data
USER muadam
VOLUME /data
EXPOSE 8000
HEALTHCHECK --interval=30s --timeout=5s --start-period=10s \
    CMD ["python", "-c", "import urllib.request as r; r.urlopen('http://127.0.0.1:8000/health/ready', timeout=4)"]
CMD ["muadam", "serve", "--host", "0.0.0.0"]
