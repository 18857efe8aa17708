# With GPUs: docker run --gpus all. The packages bring CUDA's libraries, and the engine hands in the driver for these.
FROM dev AS dev-gpu
{% for name, value in environment | items %}
ENV {{ name }}={{ value }}
{% endfor %}

FROM {{ main }} AS prod-gpu
{% for name, value in environment | items %}
ENV {{ name }}={{ value }}
{% endfor %}
