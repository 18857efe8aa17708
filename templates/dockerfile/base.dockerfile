{% from "apt" import install %}
{% for borrowed in borrowed %}
FROM ${{ '{' }}{{ borrowed.argument }}} AS {{ borrowed.stage }}

{% endfor %}
# What all images have: {{ everywhere | join(", ") }}, and a user who is not root, with the id that most people have.
FROM ${{ '{' }}{{ base }}} AS base
USER root
ARG TARGETARCH
ARG USER_UID=1000
{{ install(everywhere) -}}
# Some images bring a user with this id.
RUN if name=$(id -nu "$USER_UID" 2>/dev/null); then userdel --remove "$name"; fi \
    && useradd --create-home --uid "$USER_UID" --user-group --shell /bin/bash {{ user }}
