using System.Buffers.Binary;

namespace LakebaseOps.Tests.Loading.Faults;

/// <summary>A whole PostgreSQL message that has passed.</summary>
/// <param name="Type">Its letter; '\0' for the first one of a client, which has none.</param>
/// <param name="Length">Bytes without the letter.</param>
/// <param name="IsCommit">It is the simple query COMMIT.</param>
internal readonly record struct WireMessage(char Type, int Length, bool IsCommit)
{
    /// <summary>Bytes in all.</summary>
    public int Bytes => Type == '\0' ? Length : Length + 1;
}

/// <summary>Finds the ends of messages in one direction of an unencrypted connection, however they are torn into packets.</summary>
/// <param name="isClient">A client's first message has no letter.</param>
internal sealed class MessageScanner(bool isClient)
{
    private static readonly byte[] Commit = "COMMIT\0"u8.ToArray();

    private readonly byte[] _head = new byte[5 + 7];
    private bool _isFirst = isClient;
    private int _seen;

    /// <summary>Reads up to the end of the data or of the message, whichever comes first; how far, and the message that ended.</summary>
    public int Read(ReadOnlySpan<byte> data, out WireMessage? ended)
    {
        ended = null;
        int headLength = _isFirst ? 4 : 5;
        int at = 0;
        while (_seen < headLength && at < data.Length)
            _head[_seen++] = data[at++];
        if (_seen < headLength)
            return at;
        int length = BinaryPrimitives.ReadInt32BigEndian(_head.AsSpan(headLength - 4));
        int whole = length + headLength - 4;
        int take = Math.Min(whole - _seen, data.Length - at);
        if (_seen < _head.Length)
            data.Slice(at, Math.Min(take, _head.Length - _seen)).CopyTo(_head.AsSpan(_seen));
        _seen += take;
        at += take;
        if (_seen < whole)
            return at;
        bool isCommit = !_isFirst && _head[0] == (byte)'Q' && length == 4 + Commit.Length && _head.AsSpan(5, Commit.Length).SequenceEqual(Commit);
        ended = new WireMessage(_isFirst ? '\0' : (char)_head[0], length, isCommit);
        (_isFirst, _seen) = (false, 0);
        return at;
    }
}
