//! Fields of the thread that made the event, its process and its ancestors: `proc.*`, `thread.*`.
//!
//! From `proc.exe_layer` on they are Seawall's own: what its sensor tells beyond what Falco's does.

use super::table::fields;

fields! {
    /// Fields of processes and threads.
    ProcessField {
        Exe "proc.exe" Text;
        ParentExe "proc.pexe" Text;
        AncestorExe "proc.aexe" Text, Index, Ancestors;
        ExePath "proc.exepath" Text;
        ParentExePath "proc.pexepath" Text;
        AncestorExePath "proc.aexepath" Text, Index, Ancestors;
        Name "proc.name" Text;
        ParentName "proc.pname" Text;
        AncestorName "proc.aname" Text, Index, Ancestors;
        Arguments "proc.args" Text, Index;
        AncestorArguments "proc.aargs" Text, Index;
        CommandLine "proc.cmdline" Text;
        ParentCommandLine "proc.pcmdline" Text;
        AncestorCommandLine "proc.acmdline" Text, Index, Ancestors;
        ArgumentCount "proc.cmdnargs" Unsigned(64);
        ArgumentLength "proc.cmdlenargs" Unsigned(64);
        ExeLine "proc.exeline" Text;
        Environment "proc.env" Text, IndexOrKey;
        AncestorEnvironment "proc.aenv" Text, IndexOrKey, Ancestors;
        WorkingDirectory "proc.cwd" Text;
        LoginShellId "proc.loginshellid" Signed(64);
        Tty "proc.tty" Unsigned(32);
        Pid "proc.pid" Signed(64);
        ParentPid "proc.ppid" Signed(64);
        AncestorPid "proc.apid" Signed(64), Index, Ancestors;
        InnerPid "proc.vpid" Signed(64);
        ParentInnerPid "proc.pvpid" Signed(64);
        SessionId "proc.sid" Signed(64);
        SessionName "proc.sname" Text;
        SessionExe "proc.sid.exe" Text;
        SessionExePath "proc.sid.exepath" Text;
        InnerGroupId "proc.vpgid" Signed(64);
        InnerGroupName "proc.vpgid.name" Text;
        InnerGroupExe "proc.vpgid.exe" Text;
        InnerGroupExePath "proc.vpgid.exepath" Text;
        GroupId "proc.pgid" Signed(64);
        GroupName "proc.pgid.name" Text;
        GroupExe "proc.pgid.exe" Text;
        GroupExePath "proc.pgid.exepath" Text;
        Duration "proc.duration" RelativeTime;
        ParentDuration "proc.ppid.duration" RelativeTime;
        StartTime "proc.pid.ts" RelativeTime;
        ParentStartTime "proc.ppid.ts" RelativeTime;
        IsExeWritable "proc.is_exe_writable" Bool;
        IsExeUpperLayer "proc.is_exe_upper_layer" Bool;
        IsExeLowerLayer "proc.is_exe_lower_layer" Bool;
        IsExeFromMemfd "proc.is_exe_from_memfd" Bool;
        IsSessionLeader "proc.is_sid_leader" Bool;
        IsInnerGroupLeader "proc.is_vpgid_leader" Bool;
        IsGroupLeader "proc.is_pgid_leader" Bool;
        ExeInode "proc.exe_ino" Signed(64);
        ExeChangeTime "proc.exe_ino.ctime" AbsoluteTime;
        ExeModifyTime "proc.exe_ino.mtime" AbsoluteTime;
        ExeChangedBeforeStart "proc.exe_ino.ctime_duration_proc_start" AbsoluteTime;
        ExeChangedAfterContainer "proc.exe_ino.ctime_duration_pidns_start" AbsoluteTime;
        PidNamespaceStart "proc.pidns_init_start_ts" Unsigned(64);
        CapabilitiesPermitted "thread.cap_permitted" Text;
        CapabilitiesInheritable "thread.cap_inheritable" Text;
        CapabilitiesEffective "thread.cap_effective" Text;
        OpenDescriptors "proc.fdopencount" Unsigned(64);
        DescriptorLimit "proc.fdlimit" Signed(64);
        DescriptorUsage "proc.fdusage" Double;
        VirtualSize "proc.vmsize" Unsigned(64);
        ResidentSize "proc.vmrss" Unsigned(64);
        SwapSize "proc.vmswap" Unsigned(64);
        MajorFaults "thread.pfmajor" Unsigned(64);
        MinorFaults "thread.pfminor" Unsigned(64);
        ThreadId "thread.tid" Signed(64);
        IsMainThread "thread.ismain" Bool;
        InnerThreadId "thread.vtid" Signed(64);
        ExecTime "thread.exectime" RelativeTime;
        TotalExecTime "thread.totexectime" RelativeTime;
        Cgroups "thread.cgroups" Text;
        Cgroup "thread.cgroup" Text, Dotted;
        ThreadCount "proc.nthreads" Unsigned(64);
        ChildCount "proc.nchilds" Unsigned(64);
        Cpu "thread.cpu" Double;
        CpuUser "thread.cpu.user" Double;
        CpuSystem "thread.cpu.system" Double;
        ThreadVirtualSize "thread.vmsize" Unsigned(64);
        ThreadResidentSize "thread.vmrss" Unsigned(64);
        InputType "proc.stdin.type" Text;
        OutputType "proc.stdout.type" Text;
        ErrorType "proc.stderr.type" Text;
        InputName "proc.stdin.name" Text;
        OutputName "proc.stdout.name" Text;
        ErrorName "proc.stderr.name" Text;
        ExeLayer "proc.exe_layer" Text;
        IsExeUnlinked "proc.is_exe_unlinked" Bool;
        InputKind "proc.stdin.kind" Text;
        OutputKind "proc.stdout.kind" Text;
        ErrorKind "proc.stderr.kind" Text;
        MountNamespace "proc.mnt_ns" Unsigned(64);
        Script "proc.script" Text;
    }
}

pub(crate) use super::process_values::{each, value};
