using System.Buffers.Binary;
using System.Text;

namespace LakebaseOps.Tests.Loading.Faults;

/// <summary>A whole PostgreSQL message that has passed.</summary>
/// <param name="Type">Its letter; '\0' for the first one of a client, which has none.</param>
/// <param name="Length">Bytes without the letter.</param>
/// <param name="Statement">How the statement begins that a client sends; empty for any other message.</param>
internal readonly record struct WireMessage(char Type, int Length, string Statement)
{
    /// <summary>It is the simple query COMMIT.</summary>
    public bool IsCommit => Type == 'Q' && Statement == "COMMIT\0";

    /// <summary>Bytes in all.</summary>
    public int Bytes => Type == '\0' ? Length : Length + 1;
}

/// <summary>Finds the ends of messages in one direction of an unencrypted connection, however they are torn into packets.</summary>
/// <param name="isClient">A client's first message has no letter.</param>
internal sealed class MessageScanner(bool isClient)
{
    private readonly byte[] _head = new byte[5 + 40];
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
        char type = _isFirst ? '\0' : (char)_head[0];
        // The name of a prepared statement stands before it; ours have none.
        int from = type == 'P' ? 6 : 5;
        string statement = type is 'Q' or 'P' ? Encoding.ASCII.GetString(_head, from, Math.Max(0, Math.Min(_head.Length, whole) - from)) : "";
        ended = new WireMessage(type, length, statement);
        (_isFirst, _seen) = (false, 0);
        return at;
    }
}
