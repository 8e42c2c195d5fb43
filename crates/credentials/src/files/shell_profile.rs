//! Variables exported by profiles of shells.

use super::{Family, Place, Source, environment};
use crate::sink::Sink;
use crate::syntax::assignments;

pub(super) const FAMILY: Family = Family {
    places: &[
        Place::Name(".bashrc"),
        Place::Name(".bash_profile"),
        Place::Name(".bash_login"),
        Place::Name(".bash_aliases"),
        Place::Name(".profile"),
        Place::Name(".zshrc"),
        Place::Name(".zshenv"),
        Place::Name(".zprofile"),
        Place::Name(".zlogin"),
        Place::Name(".kshrc"),
        Place::Name(".ashrc"),
        Place::Name(".cshrc"),
        Place::Name(".exports"),
        Place::Name(".extra"),
        Place::Name("config.fish"),
        Place::Path("etc/profile"),
        Place::Path("etc/bash.bashrc"),
        Place::Path("etc/bashrc"),
        Place::Path("etc/zsh/zshenv"),
        Place::Below("etc/profile.d/"),
        Place::Name(".pam_environment"),
        Place::Name(".xsessionrc"),
    ],
    read,
};

fn read(source: &Source<'_>, sink: &mut Sink<'_>) {
    environment::variables(&assignments::parse(source.text), sink);
}
