using System.Threading.Channels;

namespace KGuardian.Analytics.Upstream;

/// <summary>The posts of one kind that wait, and what became of those before them. Safe for concurrent use.</summary>
/// <param name="kind">What they are about.</param>
internal sealed class PostLine(PostKind kind)
{
    private readonly Channel<AcceptedPost> _posts = Channel.CreateUnbounded<AcceptedPost>(new UnboundedChannelOptions { SingleReader = true });
    private long _sent;
    private long _failed;
    private long _shed;

    public PostKind Kind => kind;

    public ChannelReader<AcceptedPost> Waiting => _posts.Reader;

    /// <summary>Posts that the broker took.</summary>
    public long Sent => Interlocked.Read(ref _sent);

    /// <summary>Posts that it did not take, however often they were sent.</summary>
    public long Failed => Interlocked.Read(ref _failed);

    /// <summary>Posts that were not sent: too much waited, or the server ended.</summary>
    public long Shed => Interlocked.Read(ref _shed);

    /// <summary>Adds a post; false at the end.</summary>
    public bool Add(AcceptedPost post) => _posts.Writer.TryWrite(post);

    /// <summary>No more come.</summary>
    public void Complete() => _posts.Writer.TryComplete();

    public void CountSent() => Interlocked.Increment(ref _sent);

    public void CountFailed() => Interlocked.Increment(ref _failed);

    public void CountShed() => Interlocked.Increment(ref _shed);
}
