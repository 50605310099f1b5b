using KGuardian.ClickHouse.Node;

namespace KGuardian.Analytics.Tests.Unit.Engine;

/// <summary>Control groups as systemd and container runtimes make them, as files in a directory. The machine has 24 GiB.</summary>
public sealed class MachineMemoryTests : IDisposable
{
    private const long Machine = 24L << 30;
    private const string Unlimited = "9223372036854771712\n";
    private const string Second = "31 23 0:28 / /sys/fs/cgroup rw,nosuid,nodev,noexec,relatime shared:9 - cgroup2 cgroup2 rw,nsdelegate,memory_recursiveprot\n";
    private const string First = "35 31 0:32 / /sys/fs/cgroup/memory rw,relatime - cgroup cgroup rw,memory\n";

    private readonly TestDirectory _root = new();

    public MachineMemoryTests() => Write("/proc/meminfo", "MemTotal:       25165824 kB\nMemFree:        11111111 kB\n");

    public void Dispose() => _root.Dispose();

    [Fact]
    public void Without_control_groups_it_is_the_machine_s() => AssertIs(Machine, "/proc/meminfo");

    [Fact]
    public void Unit_s_MemoryMax_counts()
    {
        Write("/proc/self/cgroup", "0::/system.slice/kguardian-analytics.service\n");
        Write("/proc/self/mountinfo", Second);
        Write("/sys/fs/cgroup/memory.stat", "anon 12\n");
        Write("/sys/fs/cgroup/system.slice/memory.max", "max\n");
        Write("/sys/fs/cgroup/system.slice/kguardian-analytics.service/memory.max", "2147483648\n");

        AssertIs(2147483648, "/sys/fs/cgroup/system.slice/kguardian-analytics.service/memory.max");
    }

    [Fact]
    public void Slice_around_a_unit_counts()
    {
        Write("/proc/self/cgroup", "0::/tenant.slice/tenant-a.slice/kguardian-analytics.service\n");
        Write("/proc/self/mountinfo", Second);
        Write("/sys/fs/cgroup/tenant.slice/memory.max", "1073741824\n");
        Write("/sys/fs/cgroup/tenant.slice/tenant-a.slice/memory.max", "max\n");
        Write("/sys/fs/cgroup/tenant.slice/tenant-a.slice/kguardian-analytics.service/memory.max", "2147483648\n");

        AssertIs(1073741824, "/sys/fs/cgroup/tenant.slice/memory.max");
    }

    /// <summary>Above it the kernel lets a process wait at every page.</summary>
    [Fact]
    public void Limit_that_slows_down_counts()
    {
        Write("/proc/self/cgroup", "0::/a.service\n");
        Write("/proc/self/mountinfo", Second);
        Write("/sys/fs/cgroup/a.service/memory.high", "1500000000\n");
        Write("/sys/fs/cgroup/a.service/memory.max", "2147483648\n");

        AssertIs(1500000000, "/sys/fs/cgroup/a.service/memory.high");
    }

    [Theory]
    [InlineData("max")]
    [InlineData("18446744073709551615")]
    [InlineData("9223372036854771712")]
    [InlineData("68719476736")]
    [InlineData("0")]
    [InlineData("-1")]
    [InlineData("")]
    public void What_is_no_limit_does_not_count(string text)
    {
        Write("/proc/self/cgroup", "0::/a.service\n");
        Write("/proc/self/mountinfo", Second);
        Write("/sys/fs/cgroup/a.service/memory.max", text + "\n");

        AssertIs(Machine, "/proc/meminfo");
    }

    /// <summary>A container with a namespace of its own sees its group as the root.</summary>
    [Fact]
    public void Container_s_limit_is_at_the_mount_s_point()
    {
        Write("/proc/self/cgroup", "0::/\n");
        Write("/proc/self/mountinfo", "1 2 0:28 / /sys/fs/cgroup ro,nosuid,nodev,noexec,relatime - cgroup2 cgroup rw\n");
        Write("/sys/fs/cgroup/memory.max", "4294967296\n");

        AssertIs(4294967296, "/sys/fs/cgroup/memory.max");
    }

    /// <summary>Version 1 in a container without a namespace: what is mounted is a part, and groups are told from the host's root.</summary>
    [Fact]
    public void Container_s_limit_is_found_below_a_mounted_part()
    {
        Write("/proc/self/cgroup", "9:name=systemd:/docker/1a2b\n4:cpu,memory:/docker/1a2b/inner\n0::/docker/1a2b\n");
        Write("/proc/self/mountinfo", """
            1 2 0:27 / /sys/fs/cgroup ro - tmpfs tmpfs rw,mode=755
            3 1 0:31 /docker/1a2b /sys/fs/cgroup/cpu,memory ro,nosuid shared:4 master:7 - cgroup cgroup rw,cpu,memory
            4 1 0:40 /docker/1a2b /sys/fs/cgroup/systemd ro,nosuid - cgroup cgroup rw,name=systemd

            """);
        Write("/sys/fs/cgroup/cpu,memory/memory.limit_in_bytes", "3221225472\n");
        Write("/sys/fs/cgroup/cpu,memory/inner/memory.limit_in_bytes", Unlimited);

        AssertIs(3221225472, "/sys/fs/cgroup/cpu,memory/memory.limit_in_bytes");
    }

    /// <summary>Version 1 says what holds around a container where the groups themselves cannot be seen.</summary>
    [Fact]
    public void Limit_of_groups_out_of_sight_counts()
    {
        Write("/proc/self/cgroup", "4:memory:/kubepods/pod7/1a2b\n");
        Write("/proc/self/mountinfo", "3 1 0:31 /kubepods/pod7/1a2b /sys/fs/cgroup/memory ro - cgroup cgroup rw,memory\n");
        Write("/sys/fs/cgroup/memory/memory.limit_in_bytes", Unlimited);
        Write("/sys/fs/cgroup/memory/memory.stat", "cache 0\nhierarchical_memory_limit 1610612736\nhierarchical_memsw_limit 9223372036854771712\n");

        AssertIs(1610612736, "/sys/fs/cgroup/memory/memory.stat");
    }

    /// <summary>Both versions at once: memory is of the first, and the second's tree is elsewhere.</summary>
    [Fact]
    public void Machine_with_both_versions_has_its_memory_in_the_first()
    {
        Write("/proc/self/cgroup", "4:memory:/system.slice/a.service\n1:cpu:/\n0::/system.slice/a.service\n");
        Write("/proc/self/mountinfo", First + "41 31 0:38 / /sys/fs/cgroup/unified rw,relatime - cgroup2 cgroup2 rw\n");
        Write("/sys/fs/cgroup/memory/system.slice/a.service/memory.limit_in_bytes", "2147483648\n");
        Write("/sys/fs/cgroup/unified/system.slice/a.service/memory.pressure", "some avg10=0.00\n");

        AssertIs(2147483648, "/sys/fs/cgroup/memory/system.slice/a.service/memory.limit_in_bytes");
    }

    /// <summary>A group outside the namespace, and a mount from above it: what there is to see is at the mount's point.</summary>
    [Theory]
    [InlineData("/../../init.scope", "/")]
    [InlineData("/user.slice", "/docker/1a2b")]
    [InlineData("/docker/1a2bc", "/docker/1a2b")]
    public void Group_that_is_not_below_the_mount_is_looked_for_at_its_point(string group, string mounted)
    {
        Write("/proc/self/cgroup", $"0::{group}\n");
        Write("/proc/self/mountinfo", $"1 2 0:28 {mounted} /sys/fs/cgroup ro - cgroup2 cgroup rw\n");
        Write("/sys/fs/cgroup/memory.max", "4294967296\n");

        AssertIs(4294967296, "/sys/fs/cgroup/memory.max");
    }

    [Fact]
    public void Names_with_spaces_and_colons_and_groups_that_are_gone_do_no_harm()
    {
        Write("/proc/self/cgroup", "0::/my slice/a:b/gone (deleted)\n");
        Write("/proc/self/mountinfo", "1 2 0:28 / /mnt/control\\040groups rw - cgroup2 cgroup rw\nnot a line of mountinfo\n");
        Write("/mnt/control groups/my slice/a:b/memory.max", "2147483648\n");

        AssertIs(2147483648, "/mnt/control groups/my slice/a:b/memory.max");
    }

    private void AssertIs(long bytes, string source) => Assert.Equal(new MachineMemory(bytes, source), MachineMemory.Read(_root.Path));

    private void Write(string path, string text)
    {
        Directory.CreateDirectory(Path.GetDirectoryName(_root.Path + path)!);
        File.WriteAllText(_root.Path + path, text);
    }
}
