using System.Buffers;
using System.Net;
using System.Net.Http.Headers;
using System.Threading.Channels;
using LakebaseOps.Dumps.Folders;

namespace LakebaseOps.Dumps.Volumes;

/// <summary>
/// A file of rows on its way to a volume, with no copy here. Until the server has asked for the first byte, the request can be sent again;
/// after that a failure ends the file, and whoever writes it begins anew: the same rows are read again in the same snapshot.
/// </summary>
internal sealed class VolumeUpload : StoreOutput
{
    private const int MostBlocks = 4;

    private readonly Channel<(byte[] Data, int Length)> _blocks =
        Channel.CreateBounded<(byte[] Data, int Length)>(new BoundedChannelOptions(MostBlocks) { SingleReader = true, SingleWriter = true });

    private readonly CancellationTokenSource _stop = new();
    private readonly Input _input;
    private readonly Task _sending;
    private bool _isCompleted;

    /// <summary>Begins to send.</summary>
    /// <param name="client">Sends it.</param>
    /// <param name="file">Path in the API.</param>
    /// <param name="path">What a person calls it.</param>
    /// <param name="most">Bytes that the service takes.</param>
    public VolumeUpload(VolumeClient client, string file, string path, long most)
    {
        _input = new Input(this, path, most);
        _sending = SendAsync(client, $"{VolumeClient.File(file)}?overwrite=true", path);
    }

    /// <inheritdoc />
    public override Stream Stream => _input;

    /// <inheritdoc />
    public override async Task CompleteAsync(CancellationToken cancellationToken)
    {
        _blocks.Writer.TryComplete();
        await _sending.WaitAsync(cancellationToken).ConfigureAwait(false);
        _isCompleted = true;
    }

    /// <summary>What the service has answered for is stored.</summary>
    public override void Keep()
    {
    }

    /// <inheritdoc />
    public override async ValueTask DisposeAsync()
    {
        if (!_isCompleted)
        {
            // The end of the body must never be sent: what came so far would be taken for the whole file.
            _blocks.Writer.TryComplete(new OperationCanceledException());
            await _stop.CancelAsync().ConfigureAwait(false);
        }

        try
        {
            await _sending.ConfigureAwait(false);
        }
        catch (Exception exception) when (exception is LakebaseException or OperationCanceledException)
        {
            // Whoever wrote has been told, or gave up by himself.
        }

        while (_blocks.Reader.TryRead(out (byte[] Data, int Length) block))
            ArrayPool<byte>.Shared.Return(block.Data);
        _stop.Dispose();
        await _input.DisposeAsync().ConfigureAwait(false);
    }

    private async Task SendAsync(VolumeClient client, string address, string path)
    {
        try
        {
            for (int attempt = 1; ; attempt++)
            {
                Body body = new(_blocks.Reader, _stop.Token);
                try
                {
                    await OnceAsync(client, address, body).ConfigureAwait(false);
                    return;
                }
                catch (VolumeException fault) when (fault.IsPassing && !body.IsBegun && attempt < VolumeClient.Attempts)
                {
                    await client.PauseAsync(attempt, _stop.Token).ConfigureAwait(false);
                }
                catch (VolumeException fault)
                {
                    throw VolumeFault.Of(fault, path);
                }
            }
        }
        catch (Exception exception)
        {
            _blocks.Writer.TryComplete(exception);
            throw;
        }
    }

    private async Task OnceAsync(VolumeClient client, string address, Body body)
    {
        using HttpRequestMessage request = new(HttpMethod.Put, new Uri(client.Host, address)) { Content = body };
        // A refusal comes before the body, not in the middle of it.
        request.Headers.ExpectContinue = true;
        try
        {
            using HttpResponseMessage answer = await client.OnceAsync(
                request, [], HttpCompletionOption.ResponseContentRead, Timeout.InfiniteTimeSpan, body.Idle.Token).ConfigureAwait(false);
        }
        catch (OperationCanceledException idle) when (!_stop.IsCancellationRequested)
        {
            throw VolumeException.Broken(idle);
        }
    }

    /// <summary>The body of the request: the blocks until their end.</summary>
    private sealed class Body : HttpContent
    {
        private readonly ChannelReader<(byte[] Data, int Length)> _blocks;

        public Body(ChannelReader<(byte[] Data, int Length)> blocks, CancellationToken stop)
        {
            _blocks = blocks;
            Idle = CancellationTokenSource.CreateLinkedTokenSource(stop);
            Idle.CancelAfter(WorkspaceHttp.Limit);
            Headers.ContentType = new MediaTypeHeaderValue("application/octet-stream");
        }

        /// <summary>Ends when the network stands still; while the rows do, there is time.</summary>
        public CancellationTokenSource Idle { get; }

        /// <summary>True when blocks may be gone.</summary>
        public bool IsBegun { get; private set; }

        protected override Task SerializeToStreamAsync(Stream stream, TransportContext? context) => SerializeToStreamAsync(stream, context, Idle.Token);

        protected override async Task SerializeToStreamAsync(Stream stream, TransportContext? context, CancellationToken cancellationToken)
        {
            IsBegun = true;
            Idle.CancelAfter(Timeout.InfiniteTimeSpan);
            await foreach ((byte[] data, int length) in _blocks.ReadAllAsync(cancellationToken).ConfigureAwait(false))
            {
                Idle.CancelAfter(WorkspaceHttp.Limit);
                await stream.WriteAsync(data.AsMemory(0, length), cancellationToken).ConfigureAwait(false);
                Idle.CancelAfter(Timeout.InfiniteTimeSpan);
                ArrayPool<byte>.Shared.Return(data);
            }

            Idle.CancelAfter(WorkspaceHttp.Limit);
        }

        protected override bool TryComputeLength(out long length)
        {
            length = 0;
            return false;
        }

        protected override void Dispose(bool disposing)
        {
            if (disposing)
                Idle.Dispose();
            base.Dispose(disposing);
        }
    }

    /// <summary>Takes the bytes from whoever packs them, and holds him up when the network is slower.</summary>
    private sealed class Input(VolumeUpload upload, string path, long most) : Stream
    {
        private long _length;

        public override bool CanRead => false;

        public override bool CanSeek => false;

        public override bool CanWrite => true;

        public override long Length => _length;

        public override long Position
        {
            get => _length;
            set => throw new NotSupportedException();
        }

        public override void Write(ReadOnlySpan<byte> buffer)
        {
            if (buffer.Length > most - _length)
                throw VolumeFault.TooLarge(path, most);
            byte[] data = ArrayPool<byte>.Shared.Rent(buffer.Length);
            buffer.CopyTo(data);
            try
            {
                if (!upload._blocks.Writer.TryWrite((data, buffer.Length)))
                    upload._blocks.Writer.WriteAsync((data, buffer.Length)).AsTask().GetAwaiter().GetResult();
            }
            catch (ChannelClosedException closed)
            {
                ArrayPool<byte>.Shared.Return(data);
                System.Runtime.ExceptionServices.ExceptionDispatchInfo.Throw(closed.InnerException ?? closed);
            }

            _length += buffer.Length;
        }

        public override void Write(byte[] buffer, int offset, int count) => Write(buffer.AsSpan(offset, count));

        public override void Flush()
        {
        }

        public override int Read(byte[] buffer, int offset, int count) => throw new NotSupportedException();

        public override long Seek(long offset, SeekOrigin origin) => throw new NotSupportedException();

        public override void SetLength(long value) => throw new NotSupportedException();
    }
}
