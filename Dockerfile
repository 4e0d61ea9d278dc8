# Booked in a small image. `docker run` alone boots the embedded stores in the volume; compose.yaml is for production.

FROM python:3.13-slim AS build
ENV PIP_DISABLE_PIP_VERSION_CHECK=1 PIP_NO_CACHE_DIR=1 PIP_ROOT_USER_ACTION=ignore
RUN python -m venv /opt/booked
WORKDIR /src
COPY requirements/base.txt requirements/base.txt
RUN /opt/booked/bin/pip install --quiet -r requirements/base.txt
COPY pyproject.toml README.md LICENSE ./
COPY migrations migrations
COPY src src
RUN /opt/booked/bin/pip install --quiet --no-deps .

FROM python:3.13-slim
RUN useradd --uid 1000 --create-home booked \
    && install --directory --owner=booked --mode=700 /var/lib/booked
COPY --from=build /opt/booked /opt/booked
ENV PATH=/opt/booked/bin:$PATH \
    BOOKED_HOST=0.0.0.0 \
    BOOKED_DATA_DIR=/var/lib/booked
USER booked
VOLUME /var/lib/booked
EXPOSE 8000
ENTRYPOINT ["booked"]
CMD ["serve"]
