//! Fields of the event itself: `evt.*`.

use super::table::fields;

fields! {
    /// Fields of the event itself.
    EventField {
        Number "evt.num" Unsigned(64);
        Time "evt.time" Text;
        TimeSeconds "evt.time.s" Text;
        TimeIso "evt.time.iso8601" Text;
        DateTime "evt.datetime" Text;
        DateTimeSeconds "evt.datetime.s" Text;
        RawTime "evt.rawtime" AbsoluteTime;
        RawTimeSeconds "evt.rawtime.s" AbsoluteTime;
        RawTimeNanoseconds "evt.rawtime.ns" AbsoluteTime;
        RelativeTime "evt.reltime" RelativeTime;
        RelativeTimeSeconds "evt.reltime.s" RelativeTime;
        RelativeTimeNanoseconds "evt.reltime.ns" RelativeTime;
        PluginName "evt.pluginname" Text;
        PluginInfo "evt.plugininfo" Text;
        Source "evt.source" Text;
        IsAsync "evt.is_async" Bool;
        AsyncType "evt.asynctype" Text;
        HostName "evt.hostname" Text;
        Latency "evt.latency" RelativeTime;
        LatencySeconds "evt.latency.s" RelativeTime;
        LatencyNanoseconds "evt.latency.ns" RelativeTime;
        LatencyHuman "evt.latency.human" Text;
        DeltaTime "evt.deltatime" RelativeTime;
        DeltaTimeSeconds "evt.deltatime.s" RelativeTime;
        DeltaTimeNanoseconds "evt.deltatime.ns" RelativeTime;
        OutputTime "evt.outputtime" Text;
        Direction "evt.dir" Text;
        Type "evt.type" Text;
        TypeIs "evt.type.is" Unsigned(32), Dotted;
        SyscallType "syscall.type" Text;
        Category "evt.category" Text;
        Cpu "evt.cpu" Signed(16);
        Arguments "evt.args" Text;
        Argument "evt.arg" Text, ParameterOrIndex;
        RawArgument "evt.rawarg" Opaque, Parameter, Alone;
        Info "evt.info" Text;
        Buffer "evt.buffer" Bytes;
        BufferLength "evt.buflen" Unsigned(64);
        Result "evt.res" Text;
        RawResult "evt.rawres" Signed(64);
        Failed "evt.failed" Bool;
        IsInputOrOutput "evt.is_io" Bool;
        IsRead "evt.is_io_read" Bool;
        IsWrite "evt.is_io_write" Bool;
        IoDirection "evt.io_dir" Text;
        IsWait "evt.is_wait" Bool;
        WaitLatency "evt.wait_latency" RelativeTime;
        IsSyslog "evt.is_syslog" Bool;
        Count "evt.count" Unsigned(32);
        CountError "evt.count.error" Unsigned(32);
        CountErrorFile "evt.count.error.file" Unsigned(32);
        CountErrorNet "evt.count.error.net" Unsigned(32);
        CountErrorMemory "evt.count.error.memory" Unsigned(32);
        CountErrorOther "evt.count.error.other" Unsigned(32);
        CountExit "evt.count.exit" Unsigned(32);
        AbsolutePath "evt.abspath" Text, DottedMaybe;
        IsOpenRead "evt.is_open_read" Bool;
        IsOpenWrite "evt.is_open_write" Bool;
        IsOpenExec "evt.is_open_exec" Bool;
        IsOpenCreate "evt.is_open_create" Bool;
        UringOperation "uring.op" Text;
    }
}

pub(crate) use super::event_values::value;
