# A user who is not root, with the id that most people have on their machine.
FROM ${BASE_IMAGE} AS base
ARG TARGETARCH
ARG USER_UID=1000
# Some images bring a user with this id.
RUN if name=$(id -nu "$USER_UID" 2>/dev/null); then userdel --remove "$name"; fi \
    && useradd --create-home --uid "$USER_UID" --shell /bin/bash {{ user }} \
    && install -d -o {{ user }} -g {{ user }} {{ work_folder }}
