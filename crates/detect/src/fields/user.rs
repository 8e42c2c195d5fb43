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
