//! `--help` and `--version`.

use clap::CommandFactory;
use devc::cli::Cli;
use insta::assert_snapshot;

use crate::sandbox::Sandbox;

#[test]
fn the_help_shows_the_verbs_and_where_to_begin() {
    assert_snapshot!(Sandbox::new().run("--help"), @"
    exit code: 0
    --- stdout
    One binary that owns a development environment's whole life

    Usage: devc [OPTIONS] <COMMAND>

    Commands:
      init                Give a project a dev container, from a Template
      up                  Create and start the dev container of a folder
      set-up              Make a dev container of a container that is already running
      build               Build the image of a dev container
      exec                Run a command in a running dev container
      shell               Open a shell in a running dev container
      open                Open a running dev container in an editor
      run-user-commands   Run the lifecycle hooks in a running dev container
      resume              Go on where hooks or tasks of a dev container have failed or were interrupted
      status              Tell how a dev container stands: hooks, tasks, and what `devc up` would do
      prebuild            Restore and build what a dev container is for: the declared tasks, side by
                          side
      read-configuration  Print the configuration of a dev container as JSON
      stop                Stop a dev container
      down                Remove a dev container; on request its volumes and images too
      list                List the dev containers of this machine [alias: ls]
      logs                Show what the main process of a dev container wrote
      metrics             Show what earlier runs took, and whether that gets better or worse
      install-alias       Let programs that call `devcontainer` find devc
      outdated            Show which Features have newer versions
      upgrade             Lock the newest Features that devcontainer.json allows
      stack               Tell which ecosystems a repository uses, and what says so
      verify              Prove by builds that the image of a project is built well
      doctor              Look at what builds and containers need, and say what is wrong
      config              Show what is settled for this machine, and who says so; settle something else
      completions         Print what a shell needs to complete the words of devc
      man                 Print the manual pages, or write them into a folder
      setup               Prepare this machine for fast builds; for a running container see set-up
      generate            Write what builds the images of a repository, and keep it in step
      optimize            Tell what makes a Dockerfile slow to build, and improve what is proven
      volume              Look after what outlives dev containers: caches and other volumes
      features            Make, test and look at dev container Features
      templates           Make and use dev container Templates
      help                Print this message or the help of the given subcommand(s)

    Options:
      -h, --help     Print help
      -V, --version  Print version

    Output:
          --log-level <LOG_LEVEL>    How much to tell on the terminal; the log file always holds
                                     everything [default: info] [possible values: error, info, debug,
                                     trace]
          --log-format <LOG_FORMAT>  How to write the log on stderr: text for people, json for programs
                                     (one event a line) [default: text] [possible values: text, json]
          --events <FILE>            Write what happens to this file, for programs: one event a line,
                                     names and times only (docs/events.md)
          --color <COLOR>            When to use colour [env: DEVC_COLOR=] [default: auto] [possible
                                     values: auto, always, never]
          --terminal-columns <N>     Width of the terminal that commands in the container see
          --terminal-rows <N>        Height of the terminal that commands in the container see

    Examples:
      devc up                          bring up the dev container of this folder
      devc up --plan                   say what would happen, and why, and change nothing
      devc shell                       open a shell in it
      devc exec -- cargo test          run a command in it
      devc down                        remove it; named volumes stay

    Exit codes: 0 success, 1 failure, 130 interrupted; exec and shell hand on the command's own.
    Every command of the reference CLI that is here takes the same flags and prints the same JSON.
    ");
}

#[test]
fn the_help_of_up_groups_its_flags() {
    assert_snapshot!(Sandbox::new().run("up -h"), @"
    exit code: 0
    --- stdout
    Create and start the dev container of a folder

    Usage: devc up [OPTIONS]

    Options:
          --open[=<EDITOR>]
              Open it in an editor afterwards [default: the one of `devc open`] [possible values: code,
              code-insiders, cursor, codium, zed, jetbrains, nvim, shell]
          --plan[=<FORMAT>]
              Print what would happen, and why, and change nothing [possible values: text, json]
          --rebuild <WHEN>
              What to do when devcontainer.json has changed since the container was made [default:
              never] [possible values: auto, never, always]
          --remove-existing-container
              Replace the container if there is one
          --expect-existing-container
              Fail if there is no container yet
          --mount <MOUNT>
              Mount something more: type=bind|volume|tmpfs,source=...,target=...[,readonly] (repeatable)
          --no-cache-volumes
              Keep no package caches, editor servers and shell history on volumes
          --gpu-availability <WHETHER>
              Whether GPUs are there to be used [default: detect] [possible values: all, detect, none]
          --update-remote-user-uid-default <WHETHER>
              Whether the remote user gets the ids of this machine's user, when the configuration does
              not say [default: on] [possible values: never, on, off]
          --include-configuration
              Add the configuration to the result
          --include-merged-configuration
              Add the configuration merged with the image's metadata to the result
      -h, --help
              Print help (see more with '--help')

    Build:
          --build-no-cache          Build without the cache
          --cache-from <IMAGE>      Image to reuse build steps from (repeatable)
          --cache-to <DESTINATION>  Where to keep build steps: an image, or type=registry,ref=...
          --no-optimize             Build as it is written: without the package caches and the faster
                                    dpkg of devc
          --secret <SECRET>         Secret for steps with `RUN --mount=type=secret`:
                                    id=NAME[,src=FILE|,env=VARIABLE] (repeatable)
          --ssh <KEYS>              Keys for steps with `RUN --mount=type=ssh`: default, or ID=SOCKET,
                                    or ID=KEY[,KEY] (repeatable)

    Hooks:
          --skip-post-create            Run no hooks except initializeCommand
          --skip-non-blocking-commands  Return after the hook that `waitFor` names
          --prebuild                    Stop after onCreateCommand and updateContentCommand, running the
                                        latter again if need be
          --skip-post-attach            Do not run postAttachCommand
          --secrets-file <FILE>         JSON file of secrets: given to hooks as variables, masked in all
                                        output

    Which dev container:
          --workspace-folder <PATH>
              Folder of the project [default: the current folder] [env: DEVC_WORKSPACE_FOLDER=]
          --config <FILE>
              The devcontainer.json to use [default: .devcontainer/devcontainer.json, else
              .devcontainer.json]
          --config-name <NAME>
              Choose .devcontainer/NAME/devcontainer.json where a project has several [env:
              DEVC_CONFIG_NAME=]
          --id-label <NAME=VALUE>
              Identify the container by this label instead of by its folder (repeatable)
          --mount-workspace-git-root [<BOOL>]
              Mount the root of the git repository rather than the project folder [default: true]
              [possible values: true, false]
          --mount-git-worktree-common-dir
              In a git worktree, mount the main repository's .git folder too
          --workspace-mount-consistency <MODE>
              How strictly host and container agree on the workspace's files; of interest on macOS and
              Windows only [default: cached] [possible values: consistent, cached, delegated]
          --override-config <FILE>
              Take the content of this file, keeping the place and identity of the project's own
              devcontainer.json

    Features:
          --additional-features <JSON>  More Features with their options, as JSON; those of the
                                        configuration win
          --frozen-lockfile             Fail if devcontainer-lock.json does not say already which
                                        Features are used
          --no-lockfile                 Neither read nor write devcontainer-lock.json

    Registries:
          --offline
              Ask no registry: use what is cached, or fail [env: DEVC_OFFLINE=]
          --registry-mirror <REGISTRY=MIRROR[,MIRROR...][,none]>
              Ask mirrors before a registry, or with `none` at the end instead of it (repeatable) [env:
              DEVC_REGISTRY_MIRROR=]

    Environment:
          --default-user-env-probe <KIND>  Which shell to ask for the user's environment, when the
                                           configuration does not say [default: loginInteractiveShell]
                                           [possible values: none, loginShell, interactiveShell,
                                           loginInteractiveShell]
          --remote-env <NAME=VALUE>        Set a variable for hooks and commands (repeatable); the
                                           configuration's remoteEnv wins
          --refresh-env                    Ask the shell again instead of using what it said last time

    Dotfiles:
          --dotfiles-repository <REPOSITORY>
              Repository to clone: a URL, a path, or OWNER/NAME on GitHub [env:
              DEVC_DOTFILES_REPOSITORY=]
          --dotfiles-install-command <COMMAND>
              Script in the repository to run [default: install.sh, bootstrap.sh, setup.sh ..., else
              link the files]
          --dotfiles-target-path <PATH>
              Where to clone it [default: ~/dotfiles]

    Network:
          --no-host-trust  Do not hand this machine's extra CA certificates and proxy variables to
                           builds and containers [env: DEVC_NO_HOST_TRUST=]

    Folders in the container:
          --container-data-folder <PATH>
              Where marker files of hooks are kept [default: ~/.devcontainer]
          --container-system-data-folder <PATH>
              Where marker files of system changes are kept [default: /var/devcontainer]

    Engine:
          --docker-path <PATH>  The docker client, for what the engine's API does not serve [env:
                                DEVC_DOCKER_PATH=] [default: docker]

    Output:
          --log-level <LOG_LEVEL>    How much to tell on the terminal; the log file always holds
                                     everything [default: info] [possible values: error, info, debug,
                                     trace]
          --log-format <LOG_FORMAT>  How to write the log on stderr: text for people, json for programs
                                     (one event a line) [default: text] [possible values: text, json]
          --events <FILE>            Write what happens to this file, for programs: one event a line,
                                     names and times only (docs/events.md)
          --color <COLOR>            When to use colour [env: DEVC_COLOR=] [default: auto] [possible
                                     values: auto, always, never]
          --terminal-columns <N>     Width of the terminal that commands in the container see
          --terminal-rows <N>        Height of the terminal that commands in the container see

    Examples:
      devc up                                  the project in this folder
      devc up --plan                           what would happen, and why; changes nothing
      devc up --open                           and open it in your editor
      devc up --rebuild=auto                   a new container if devcontainer.json has changed
      devc up --workspace-folder ~/app --skip-post-attach --log-format json
    ");
}

#[test]
fn the_version_is_one_line() {
    assert_snapshot!(Sandbox::new().run("--version"), @"
    exit code: 0
    --- stdout
    devc [VERSION]
    ");
}

#[test]
fn without_a_verb_the_help_is_shown_and_nothing_is_done() {
    let nothing = Sandbox::new().run("");
    assert_eq!((nothing.code, nothing.stdout.as_str()), (Some(1), ""));
    assert_eq!(nothing.stderr, Sandbox::new().run("--help").stdout);
}

#[test]
fn help_is_data_on_stdout() {
    for words in ["help", "-h", "up --help", "help exec"] {
        let outcome = Sandbox::new().run(words);
        assert_eq!((outcome.code, outcome.stderr.as_str()), (Some(0), ""), "{words}");
        assert!(outcome.stdout.contains("Usage: devc"), "{words}: {outcome}");
    }
}

#[test]
fn every_verb_has_an_example_in_its_help() {
    for verb in verbs() {
        let help = Sandbox::new().run(&format!("{verb} --help")).stdout;
        assert!(help.contains("Examples:\n  "), "{verb} has none");
        assert!(help.contains(&format!("devc {verb}")), "{verb}'s do not show it");
    }
}

#[test]
fn every_visible_flag_says_what_it_is_for() {
    let command = Cli::command();
    for (name, verb) in below(&command) {
        for argument in verb.get_arguments().filter(|argument| !argument.is_hide_set()) {
            let help = argument.get_help().map(ToString::to_string).unwrap_or_default();
            let place = format!("{name} {}", argument.get_id());
            assert!(!help.is_empty(), "{place} has no text");
            assert!(!help.ends_with('.') || help.ends_with("..."), "{place}: a phrase, without a full stop");
            assert!(help.starts_with(char::is_uppercase), "{place}: {help}");
        }
    }
}

#[test]
fn no_line_of_help_is_wider_than_a_terminal() {
    for verb in verbs() {
        for line in Sandbox::new().run(&format!("{verb} --help")).stdout.lines() {
            assert!(line.chars().count() <= 120, "{verb}: {line}");
        }
    }
}

fn verbs() -> Vec<String> {
    below(&Cli::command()).into_iter().map(|(name, _)| name).collect()
}

/// Everything that does something, such as `features package`.
fn below(command: &clap::Command) -> Vec<(String, &clap::Command)> {
    let named = command.get_subcommands().flat_map(|verb| {
        let name = verb.get_name();
        let inner = below(verb).into_iter().map(|(inner, verb)| (format!("{name} {inner}"), verb));
        let inner: Vec<_> = inner.collect();
        if inner.is_empty() { vec![(name.to_owned(), verb)] } else { inner }
    });
    named.collect()
}
