using System.Text;

namespace KGuardian.Analytics.Server.Import.Files;

/// <summary>Lines of a text, of which no more than a part is held when one is longer than a row may be.</summary>
internal sealed class LineReader(TextReader text)
{
    /// <summary>Characters of a row: three thousand times a flow's. One that never ends must not take the rest of the file into memory.</summary>
    public const int Longest = 1 << 20;

    private readonly char[] _buffer = new char[16 << 10];
    private int _at;
    private int _end;

    /// <summary>The next line; null at the end. Of one that is too long the begin, and that it is.</summary>
    public async ValueTask<(string Text, bool IsTooLong)?> ReadAsync(CancellationToken cancellationToken)
    {
        var line = new StringBuilder();
        long length = 0;
        while (true)
        {
            if (_at == _end)
            {
                (_at, _end) = (0, await text.ReadAsync(_buffer, cancellationToken));
                if (_end == 0)
                {
                    return length == 0 ? null : (line.ToString(), length > Longest);
                }
            }

            var rest = _buffer.AsSpan(_at, _end - _at);
            var lineEnd = rest.IndexOf('\n');
            var part = lineEnd < 0 ? rest : rest[..lineEnd];
            line.Append(part[..(int)Math.Min(part.Length, Math.Max(0, Longest - length))]);
            length += part.Length;
            _at += part.Length + (lineEnd < 0 ? 0 : 1);
            if (lineEnd >= 0)
            {
                return (line.ToString(), length > Longest);
            }
        }
    }
}
