using System.Buffers;
using System.Globalization;
using System.Text;
using KGuardian.Analytics.Forwarding.Channels;

namespace KGuardian.Analytics.Forwarding.Targets;

/// <summary>An event as RFC 5424 has it: header, one structured element with the event's fields, and its JSON.</summary>
/// <param name="facility">0 to 23.</param>
/// <param name="hostName">Who sends.</param>
internal sealed class SyslogMessage(int facility, string hostName)
{
    /// <summary>Of a host name (RFC 5424, 6).</summary>
    private const int LongestHost = 255;

    /// <summary>Of what a message is about.</summary>
    private const int LongestId = 32;

    /// <summary>The number that RFC 5612 keeps for documents: this project has none of its own.</summary>
    private const string Element = "flow@32473";

    private readonly string _host = Printable(hostName, LongestHost);

    /// <summary>Writes a message, without a frame.</summary>
    /// <param name="row">The event.</param>
    /// <param name="json">Its JSON; empty for a message without text.</param>
    /// <param name="to">Where to.</param>
    public void Write(ForwardedEvent row, ReadOnlySpan<byte> json, IBufferWriter<byte> to)
    {
        var time = DateTime.UnixEpoch.AddMicroseconds(row.Micros).ToString("yyyy-MM-dd'T'HH:mm:ss.ffffff'Z'", CultureInfo.InvariantCulture);
        var text = new StringBuilder(512)
            .Append(CultureInfo.InvariantCulture, $"<{(facility * 8) + row.Severity}>1 {time} {_host} kguardian - {Printable(row.Kind, LongestId)} [{Element}");
        foreach (var (name, value) in row.Fields)
        {
            Append(text.Append(' ').Append(name).Append("=\""), value).Append('"');
        }

        text.Append(json.Length > 0 ? "] " : "]");
        Encoding.UTF8.GetBytes(text.ToString(), to);
        to.Write(json);
    }

    /// <summary>With what RFC 5424 escapes escaped; control characters, which tear lines apart in files, are spaces here and as they are in the JSON.</summary>
    private static StringBuilder Append(StringBuilder text, string value)
    {
        foreach (var c in value)
        {
            if (c is '"' or '\\' or ']')
            {
                text.Append('\\');
            }

            text.Append(char.IsControl(c) ? ' ' : c);
        }

        return text;
    }

    private static string Printable(string text, int longest)
    {
        var printable = new string([.. text.Where(c => c is > ' ' and <= '~').Take(longest)]);
        return printable.Length > 0 ? printable : "-";
    }
}
