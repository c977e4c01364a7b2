# Both stages stand on one image: name it by digest where a build must be the same every time,
#   --build-arg PYTHON_IMAGE=docker.io/library/python:3.13-slim-bookworm@sha256:...
ARG PYTHON_IMAGE=docker.io/library/python:3.13-slim-bookworm

FROM ${PYTHON_IMAGE} AS build
ENV PIP_NO_CACHE_DIR=1 PIP_DISABLE_PIP_VERSION_CHECK=1
WORKDIR /source
COPY requirements/build.txt requirements/runtime.txt requirements/
# The environment that ships has no pip of its own: another one installs into it.
RUN python3 -m venv /tools \
    && python3 -m venv --without-pip /opt/gateway \
    && /tools/bin/pip install --no-deps --require-hashes -r requirements/build.txt \
    && /tools/bin/pip --python /opt/gateway/bin/python install --no-compile \
        --no-deps --require-hashes -r requirements/runtime.txt
COPY pyproject.toml README.md LICENSE ./
COPY gateway gateway
# Nothing is written where it runs, so bytecode is made here, and never checked against a date.
RUN /tools/bin/pip wheel --no-deps --no-build-isolation --wheel-dir /wheel . \
    && /tools/bin/pip --python /opt/gateway/bin/python install --no-compile \
        --no-deps --no-index /wheel/*.whl \
    && /opt/gateway/bin/python -m compileall -q -j 0 --invalidation-mode unchecked-hash \
        /opt/gateway/lib
COPY deploy/live.py /opt/gateway/

FROM ${PYTHON_IMAGE}
LABEL org.opencontainers.image.title="Retell Gateway" \
      org.opencontainers.image.description="One GraphQL endpoint over the REST API of Retell AI" \
      org.opencontainers.image.licenses="MIT"
ENV PATH=/opt/gateway/bin:$PATH PYTHONDONTWRITEBYTECODE=1 GATEWAY_HOST=0.0.0.0
COPY --from=build /opt/gateway /opt/gateway
WORKDIR /
USER 10001:10001
EXPOSE 4000
HEALTHCHECK --interval=10s --timeout=3s --start-period=20s --retries=3 \
    CMD ["python", "/opt/gateway/live.py"]
ENTRYPOINT ["retell-gateway"]
CMD ["serve"]
