# What the stages start from. Set another registry's images here to use a mirror.
{% for image in images %}
ARG {{ image.argument }}={{ image.name }}
{% endfor %}
