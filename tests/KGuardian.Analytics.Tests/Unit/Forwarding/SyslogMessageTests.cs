using System.Buffers;
using System.Text;
using KGuardian.Analytics.Forwarding.Channels;
using KGuardian.Analytics.Forwarding.Targets;

namespace KGuardian.Analytics.Tests.Unit.Forwarding;

/// <summary>Events as RFC 5424 has them.</summary>
public sealed class SyslogMessageTests
{
    [Fact]
    public void Message_has_header_fields_and_text() => Assert.Equal(
        """<134>1 2024-02-15T15:44:26.459001Z node-1 kguardian - connection [flow@32473 id="ab" pod="web"] {"id":"ab"}""",
        Write(("id", "ab"), ("pod", "web")));

    [Fact]
    public void Values_are_escaped_and_names_that_are_too_long_or_odd_are_cut()
    {
        var row = new ForwardedEvent(EventPlace.Begin, "", 0, 5, "a rule with 漢字 and a name of more than 32", [("pod", "\"]\\\n漢")]);

        var text = Write(row, "", new SyslogMessage(23, "host name 漢"));

        Assert.Equal("""<189>1 1970-01-01T00:00:00.000000Z hostname kguardian - arulewithandanameofmorethan32 [flow@32473 pod="\"\]\\ 漢"]""", text);
    }

    private static string Write(params (string Name, string Value)[] fields) =>
        Write(new ForwardedEvent(EventPlace.Begin, "ab", 1708011866459001, 6, "connection", fields), """{"id":"ab"}""", new SyslogMessage(16, "node-1"));

    private static string Write(ForwardedEvent row, string json, SyslogMessage message)
    {
        var buffer = new ArrayBufferWriter<byte>();
        message.Write(row, Encoding.UTF8.GetBytes(json), buffer);
        return Encoding.UTF8.GetString(buffer.WrittenSpan);
    }
}
