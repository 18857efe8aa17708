//! Every Template that is part of devc becomes a dev container in which one can work.

use crate::docker::BASE;
use crate::world::{World, scenario};

/// Writes the Template's files, brings the container up, and runs a script as the user that works in it.
#[track_caller]
fn in_container(world: &World, template: &str, options: &[&str], script: &str) -> String {
    let image = format!("image={BASE}");
    let mut words = vec!["init", template, "--yes", "--option", &image];
    options.iter().for_each(|option| words.extend(["--option", option]));
    world.devc(&words).succeeds();
    world.up();
    exec(world, script)
}

#[track_caller]
fn exec(world: &World, script: &str) -> String {
    world.devc(&["exec", "sh", "-ec", script]).succeeds().text().trim_end().to_owned()
}

#[test]
fn debian_has_git_the_named_packages_and_a_user_who_may_become_root() {
    scenario(|world| {
        let script = "id -un; git init -q /tmp/x; command -v busybox; sudo id -un";
        let seen = in_container(&world, "debian", &["packages=busybox"], script);
        assert_eq!(seen, "dev\n/usr/bin/busybox\nroot");
    });
}

#[test]
fn an_image_with_a_user_of_the_usual_id_gives_that_one_the_name() {
    scenario(|world| {
        let image = world.image_with_user("RUN usermod -l somebody dev && touch /home/dev/kept");
        world.devc(&["init", "debian", "--yes", "--option", &format!("image={image}")]).succeeds();
        world.up();
        assert_eq!(exec(&world, "id -un; ls ~; touch ~/x"), "dev\nkept");
    });
}

#[test]
fn node_installs_the_packages_of_the_project() {
    scenario(|world| {
        // In the place of the image's own npm, which would ask a registry of packages.
        let npm = "RUN printf '#!/bin/sh\\necho \"$*\" >npm-was-here\\n' >/usr/local/bin/npm && chmod +x /usr/local/bin/npm";
        let image = world.image_with_user(npm);
        world.open_to_all();
        world.write("package.json", "{}");
        let image = format!("image={image}");
        world.devc(&["init", "node", "--yes", "--option", &image, "--option", "packages=nodejs"]).succeeds();
        world.up();
        assert_eq!(exec(&world, "node -p 6*7; cat npm-was-here"), "42\ninstall");
    });
}

#[test]
fn python_has_a_virtual_environment_when_the_project_names_packages() {
    scenario(|world| {
        world.open_to_all();
        world.write("requirements.txt", "# none yet\n");
        let script = ".venv/bin/python -c 'print(6*7)'";
        assert_eq!(in_container(&world, "python", &["packages=python3-venv"], script), "42");
    });
}

#[test]
fn rust_comes_up_in_a_project_that_is_still_empty() {
    scenario(|world| assert_eq!(in_container(&world, "rust", &[], "id -un; which git"), "dev\n/usr/bin/git"));
}

#[test]
fn go_comes_up_in_a_project_that_is_still_empty() {
    scenario(|world| assert_eq!(in_container(&world, "go", &[], "id -un; which git"), "dev\n/usr/bin/git"));
}

#[test]
fn postgres_answers_beside_the_container_to_work_in() {
    scenario(|world| {
        let image = format!("{}-postgres", world.name);
        world.docker.build(&image, &POSTGRES.replace("BASE", BASE));
        // The client is in that image too, so that there is less to install.
        let options =
            [format!("image={image}"), format!("databaseImage={image}"), "database=shop".to_owned()];
        let mut words = vec!["init", "postgres", "--yes"];
        options.iter().for_each(|option| words.extend(["--option", option]));
        world.devc(&words).succeeds();
        world.up();
        let script = "psql --tuples-only --no-align --command 'select current_database(), 6*7'; id -un";
        assert_eq!(exec(&world, script), "shop|42\ndev");
    });
}

/// PostgreSQL from Debian, which reads the same variables as the official image does.
const POSTGRES: &str = r#"
FROM BASE
RUN apt-get update && DEBIAN_FRONTEND=noninteractive apt-get install -y --no-install-recommends postgresql
COPY --chmod=755 <<'END' /start
#!/bin/sh -e
PATH=$(echo /usr/lib/postgresql/*/bin):$PATH
export PATH PGUSER="$POSTGRES_USER" PGPASSWORD="$POSTGRES_PASSWORD" PGDATA=/var/lib/postgresql/data
as_postgres() { setpriv --reuid=postgres --regid=postgres --clear-groups -- "$@"; }
mkdir -p "$PGDATA"
chown postgres "$PGDATA"
echo "$POSTGRES_PASSWORD" >/tmp/password
as_postgres initdb -U "$POSTGRES_USER" -A scram-sha-256 --pwfile=/tmp/password
echo 'host all all all scram-sha-256' >>"$PGDATA/pg_hba.conf"
as_postgres pg_ctl -w start
as_postgres createdb "$POSTGRES_DB"
as_postgres pg_ctl -w stop
exec setpriv --reuid=postgres --regid=postgres --clear-groups -- postgres -c listen_addresses='*'
END
CMD ["/start"]
"#;
