//! Users and groups of the thread: `user.*`, `group.*`.

use super::table::fields;

fields! {
    /// Fields of users and groups.
    UserField {
        Id "user.uid" Unsigned(32);
        Name "user.name" Text;
        HomeDirectory "user.homedir" Text;
        Shell "user.shell" Text;
        LoginId "user.loginuid" Signed(64);
        LoginName "user.loginname" Text;
        GroupId "group.gid" Unsigned(32);
        GroupName "group.name" Text;
    }
}

use crate::{Value, View};

/// What stands for a user or group that has no name.
const UNNAMED: &[u8] = b"<NA>";

pub(crate) fn value<'v>(field: UserField, view: &'v View<'_>) -> Value<'v> {
    let Some(thread) = view.thread() else { return Value::Missing };
    let user = |uid: u32| view.state.user_of(thread, uid);
    let root = |uid: u32, text: &'static [u8]| if uid == 0 { text } else { UNNAMED };
    match field {
        UserField::Id => Value::Unsigned(u64::from(thread.uid)),
        UserField::Name => {
            Value::Text(user(thread.uid).map_or(root(thread.uid, b"root"), |user| user.name.as_slice()))
        }
        UserField::HomeDirectory => {
            Value::Text(user(thread.uid).map_or(root(thread.uid, b"/root"), |user| user.home.as_slice()))
        }
        UserField::Shell => Value::Text(user(thread.uid).map_or(UNNAMED, |user| user.shell.as_slice())),
        UserField::LoginId if thread.login_uid == u32::MAX => Value::Signed(-1),
        UserField::LoginId => Value::Signed(i64::from(thread.login_uid)),
        UserField::LoginName => {
            let uid = thread.login_uid;
            Value::Text(user(uid).map_or(root(uid, b"root"), |user| user.name.as_slice()))
        }
        UserField::GroupId => Value::Unsigned(u64::from(thread.gid)),
        UserField::GroupName => {
            let group = view.state.group_of(thread, thread.gid);
            Value::Text(group.map_or(root(thread.gid, b"root"), |group| group.name.as_slice()))
        }
    }
}
