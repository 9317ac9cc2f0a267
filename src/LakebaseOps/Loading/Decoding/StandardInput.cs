namespace LakebaseOps.Loading.Decoding;

/// <summary>What is sent into this process. Waiting for it can be cancelled, which the console's own stream does not know.</summary>
internal sealed class StandardInput : ReadStream
{
    private readonly Stream _input;
    private readonly byte[] _buffer = new byte[64 * 1024];
    private Task<int>? _reading;
    private int _at;
    private int _end;

    /// <summary>The process's standard input.</summary>
    /// <exception cref="LakebaseException">InvalidArgument: nothing is sent into the process.</exception>
    public StandardInput()
    {
        if (!Console.IsInputRedirected)
        {
            throw new LakebaseError(ErrorIds.InvalidArgument, LakebaseErrorKind.InvalidArgument, "Nothing is sent into this process: its standard input is a terminal.")
            { Remedy = "Send the file into it, with | or <, or give its path." }.ToException();
        }

        _input = Console.OpenStandardInput();
    }

    /// <inheritdoc />
    public override async ValueTask<int> ReadAsync(Memory<byte> buffer, CancellationToken cancellationToken = default)
    {
        if (_at == _end)
        {
            _reading ??= Task.Run(() => _input.Read(_buffer, 0, _buffer.Length), CancellationToken.None);
            _end = await _reading.WaitAsync(cancellationToken).ConfigureAwait(false);
            _at = 0;
            _reading = null;
        }

        int ready = Math.Min(_end - _at, buffer.Length);
        _buffer.AsSpan(_at, ready).CopyTo(buffer.Span);
        _at += ready;
        return ready;
    }
}
