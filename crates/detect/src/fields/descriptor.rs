//! The descriptor that the event is about, and lists of them: `fd.*`, `fdlist.*`.

use super::table::fields;

fields! {
    /// Fields of descriptors.
    DescriptorField {
        Number "fd.num" Signed(64);
        Type "fd.type" Text;
        TypeLetter "fd.typechar" Text;
        Name "fd.name" Text;
        Directory "fd.directory" Text;
        FileName "fd.filename" Text;
        Ip "fd.ip" Address, Nothing, Ends;
        ClientIp "fd.cip" Address;
        ServerIp "fd.sip" Address;
        LocalIp "fd.lip" Address;
        RemoteIp "fd.rip" Address;
        Port "fd.port" Port, Nothing, Ends;
        ClientPort "fd.cport" Port;
        ServerPort "fd.sport" Port;
        LocalPort "fd.lport" Port;
        RemotePort "fd.rport" Port;
        TransportProtocol "fd.l4proto" Text;
        SocketFamily "fd.sockfamily" Text;
        IsServer "fd.is_server" Bool;
        UniqueId "fd.uid" Text;
        ContainerName "fd.containername" Text;
        ContainerDirectory "fd.containerdirectory" Text;
        Protocol "fd.proto" Port, Nothing, Ends;
        ClientProtocol "fd.cproto" Text;
        ServerProtocol "fd.sproto" Text;
        LocalProtocol "fd.lproto" Text;
        RemoteProtocol "fd.rproto" Text;
        Net "fd.net" Network, Nothing, Ends;
        ClientNet "fd.cnet" Network, Nothing, Hidden;
        ServerNet "fd.snet" Network, Nothing, Hidden;
        LocalNet "fd.lnet" Network, Nothing, Hidden;
        RemoteNet "fd.rnet" Network, Nothing, Hidden;
        IsConnected "fd.connected" Bool;
        IsNameChanged "fd.name_changed" Bool;
        ClientIpName "fd.cip.name" Text, Nothing, Alone;
        ServerIpName "fd.sip.name" Text, Nothing, Alone;
        LocalIpName "fd.lip.name" Text, Nothing, Alone;
        RemoteIpName "fd.rip.name" Text, Nothing, Alone;
        Device "fd.dev" Signed(32);
        DeviceMajor "fd.dev.major" Signed(32);
        DeviceMinor "fd.dev.minor" Signed(32);
        Inode "fd.ino" Signed(64);
        RawName "fd.nameraw" Text;
        Types "fd.types" Text, Numbers, List;
        IsUpperLayer "fd.is_upper_layer" Bool;
        IsLowerLayer "fd.is_lower_layer" Bool;
        ListNumbers "fdlist.nums" Text;
        ListNames "fdlist.names" Text;
        ListClientIps "fdlist.cips" Text;
        ListServerIps "fdlist.sips" Text;
        ListClientPorts "fdlist.cports" Text;
        ListServerPorts "fdlist.sports" Text;
    }
}

pub(crate) use super::descriptor_values::{each, value};
