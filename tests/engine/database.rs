//! A real database whose volume is backed up while it works.

use crate::docker::{BASE, Docker};
use crate::wait::eventually;
use crate::world::{World, scenario};

const SERVER: &str = "/usr/lib/postgresql/15/bin/postgres";
const CLUSTER: &str = "/var/lib/postgresql/15/main";
const SETTINGS: &str = "/etc/postgresql/15/main/postgresql.conf";

/// An image with a PostgreSQL as Debian has it. It is made once for all runs: the steps are in the engine's cache.
fn image(world: &World) -> String {
    let image = format!("{}-postgres", world.name);
    let dockerfile = format!(
        "FROM {BASE}\n\
         RUN apt-get update && apt-get install -y --no-install-recommends postgresql\n\
         USER postgres\n\
         CMD [\"{SERVER}\", \"-D\", \"{CLUSTER}\", \"-c\", \"config_file={SETTINGS}\"]\n"
    );
    world.docker.build(&image, &dockerfile);
    image
}

/// A server that keeps everything on a volume.
struct Server<'a> {
    docker: &'a Docker,
    name: String,
}

impl<'a> Server<'a> {
    fn start(world: &'a World, name: &str, image: &str, volume: &str) -> Self {
        let name = format!("{}-{name}", world.name);
        let mount = format!("{volume}:/var/lib/postgresql");
        world.docker.ask(&["run", "-d", "--name", &name, "-v", &mount, image]);
        let server = Self { docker: &world.docker, name };
        eventually("the database answers", || {
            server.docker.try_ask(&["exec", &server.name, "pg_isready"]).ok()
        });
        server
    }

    fn ask(&self, statement: &str) -> String {
        self.docker.ask(&["exec", &self.name, "psql", "-At", "-c", statement])
    }

    fn rows(&self) -> u64 {
        self.ask("select count(*) from facts").parse().unwrap()
    }
}

#[test]
fn a_database_that_was_backed_up_while_it_worked_answers_with_all_rows() {
    scenario(|world| {
        let (image, volume) = (image(&world), format!("{}-data", world.name));
        world.docker.ask(&["volume", "create", &volume]);
        let server = Server::start(&world, "first", &image, &volume);
        server.ask("create table facts (id int primary key, text text)");
        server.ask("insert into facts select id, md5(id::text) from generate_series(1, 20000) id");
        let write = "do $$ begin for id in 20001..9000000 loop insert into facts values (id, md5(id::text)); commit; \
                     end loop; end $$";
        world.docker.ask(&["exec", "-d", &server.name, "psql", "-c", write]);
        let before = eventually("rows are written", || Some(server.rows()).filter(|rows| *rows > 20_100));

        world.devc(&["volume", "backup", &volume]).fails().says("--pause");
        world.devc(&["volume", "backup", &volume, "--pause"]).succeeds();
        let after = server.rows();
        eventually("it goes on writing", || (server.rows() > after).then_some(()));
        world.docker.ask(&["rm", "-f", &server.name]);
        world.docker.ask(&["volume", "rm", &volume]);

        world.devc(&["volume", "restore", &volume]).succeeds();
        let server = Server::start(&world, "second", &image, &volume);
        assert!((before..=after).contains(&server.rows()), "{before} to {after}: {}", server.rows());
        let sound = "select count(*) = max(id) and bool_and(text = md5(id::text)) from facts";
        assert_eq!(server.ask(sound), "t");
    });
}
