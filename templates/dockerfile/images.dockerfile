# Targets: dev, test, prod. What the stages start from; name a mirror's images here, or by --build-arg.
{% for image in images %}
ARG {{ image.argument }}={{ image.name }}
{% endfor %}
