//! What `seawall watch` does beside watching.

use super::LearnArguments;
use clap::{Args, Subcommand};

/// What `seawall watch` does beside watching.
#[derive(Subcommand)]
pub(crate) enum WatchTask {
    /// Learn what the containers of each image do: programs, files, destinations, ports, system calls, capabilities
    #[command(
        long_about = "Learn what the containers of each image do: programs, files, destinations, ports, system calls, \
        capabilities.\n\nWrites a profile an image, a JSON document to read and edit, and goes on with those that are \
        there. `seawall watch --profile DIR` tells what departs from them, `seawall harden learned FILE` makes seccomp and AppArmor \
        profiles and arguments of docker run. Ends by a signal, or after --seconds."
    )]
    Learn(LearnArguments),
    /// Let containers go on that a response holds (freeze)
    Thaw(ThawArguments),
}

/// `seawall watch thaw`.
#[derive(Args)]
pub(crate) struct ThawArguments {
    /// Names or ids
    #[arg(required = true, value_name = "CONTAINER")]
    pub(crate) containers: Vec<String>,
}
