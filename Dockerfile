# The app as in Procfile's `web`; `python app.py worker` on the same image is the background worker.
FROM python:3.11-slim

ENV PYTHONUNBUFFERED=1 PIP_DISABLE_PIP_VERSION_CHECK=1
WORKDIR /app

# First what changes seldom, so that a change of the code installs nothing anew.
COPY requirements.txt ./
RUN pip install --no-cache-dir --require-hashes -r requirements.txt
COPY . .
RUN python -m compileall -q . \
    && useradd --system --uid 10001 --no-create-home chandlery \
    && mkdir /data && chown chandlery /data
USER chandlery

# Every address of the container; the API wants a token there (API_AUTH). Embedded tables go to the volume.
ENV HOST=0.0.0.0 PORT=8050 DATA_DIR=/data WEB_CONCURRENCY=2
VOLUME /data
EXPOSE 8050
HEALTHCHECK --interval=30s --timeout=5s --start-period=30s \
    CMD python -c "import sys, urllib.request as u; u.urlopen(sys.argv[1], timeout=4)" "http://127.0.0.1:${PORT}/health"
CMD ["gunicorn", "--config", "gunicorn.conf.py", "--worker-tmp-dir", "/dev/shm", "app:server"]
