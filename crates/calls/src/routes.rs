//! Every endpoint of the API: documented ones of version 1.24 to 1.55 (moby `api/docs`), and those that are routed
//! without being documented (moby `daemon/server/router`).

mod containers;
mod images;
mod networks;
mod plugins;
mod swarm;
mod system;

use crate::bodies::{container, other};
use crate::query::{Parameter, QueryKind};
use crate::route::Route;
use crate::shape::Shape;

/// `filters` of lists: maps of lists, or of sets.
static FILTERS: Shape = Shape::Map(&Shape::Any);
static OUTPUTS: Shape = Shape::List(&Shape::Object(&other::OUTPUT));
static ULIMITS: Shape = Shape::List(&Shape::Object(&container::ULIMIT));

const fn parameter(name: &'static str, kind: QueryKind) -> Parameter {
    Parameter { name, kind }
}

/// Every endpoint, in groups.
pub static ROUTES: &[&[Route]] = &[
    &system::ROUTES,
    &containers::ROUTES,
    &images::ROUTES,
    &networks::ROUTES,
    &plugins::ROUTES,
    &swarm::ROUTES,
];

/// The endpoint of that id.
#[must_use]
pub fn route(id: &str) -> Option<&'static Route> {
    ROUTES.iter().copied().flatten().find(|route| route.id == id)
}
