{% from "apt" import install %}
# Production: the built files and a web server that is not root.
FROM {{ prod.from }} AS {{ stage }}
{% if prod.from != "base" %}
ARG TARGETARCH
{% endif %}
{{ install(["nginx-light"]) -}}
COPY --link <<"CONFIG" /etc/nginx/nginx.conf
pid /tmp/nginx.pid;
error_log /dev/stderr;
events {}
http {
    include mime.types;
    access_log /dev/stdout;
    client_body_temp_path /tmp/client;
    proxy_temp_path /tmp/proxy;
    fastcgi_temp_path /tmp/fastcgi;
    uwsgi_temp_path /tmp/uwsgi;
    scgi_temp_path /tmp/scgi;
    gzip on;
    gzip_types text/css application/javascript application/json image/svg+xml;
    server {
        listen 8080;
        root /srv;
        # Paths belong to the page's own router.
        location / { try_files $uri $uri/ /index.html; }
    }
}
CONFIG
COPY --link --from=prebuild-{{ part.id }} {{ prod.site }} /srv/
USER 1000:1000
EXPOSE {{ prod.port }}
CMD ["nginx", "-g", "daemon off;"]
