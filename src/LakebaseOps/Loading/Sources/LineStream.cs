using System.Text;
using LakebaseOps.Loading.Decoding;

namespace LakebaseOps.Loading.Sources;

/// <summary>Lines of text on their way through a pipeline as one stream of UTF-8; a line that has no line end gets one.</summary>
/// <param name="lines">Where they come from: records of one text each.</param>
internal sealed class LineStream(RecordChannel lines) : ReadStream
{
    private static readonly UTF8Encoding Strict = new(encoderShouldEmitUTF8Identifier: false, throwOnInvalidBytes: true);

    private byte[] _bytes = [];
    private int _at;
    private int _end;
    private long _line;

    /// <inheritdoc />
    public override async ValueTask<int> ReadAsync(Memory<byte> buffer, CancellationToken cancellationToken = default)
    {
        while (_at == _end)
        {
            if (await lines.ReadAsync(cancellationToken).ConfigureAwait(false) is not { } batch)
                return 0;
            Encode(batch);
        }

        int ready = Math.Min(_end - _at, buffer.Length);
        _bytes.AsSpan(_at, ready).CopyTo(buffer.Span);
        _at += ready;
        return ready;
    }

    private void Encode(object?[][] batch)
    {
        int needed = batch.Sum(record => Strict.GetMaxByteCount(((string)record[0]!).Length) + 1);
        if (_bytes.Length < needed)
            _bytes = new byte[needed];
        _at = 0;
        _end = 0;
        foreach (object?[] record in batch)
        {
            string text = (string)record[0]!;
            _line++;
            try
            {
                _end += Strict.GetBytes(text, _bytes.AsSpan(_end));
            }
            catch (EncoderFallbackException exception)
            {
                throw new LakebaseError(ErrorIds.DataRejected, LakebaseErrorKind.InvalidData, $"Text {_line} of the pipeline holds half a character: {exception.Message}")
                { Cause = exception, Remedy = "Read the file with its own encoding, or load it with -Path." }.ToException();
            }

            if (text is not [.., '\n' or '\r'])
                _bytes[_end++] = (byte)'\n';
        }
    }
}
