BeforeAll {
    Import-Module -Name "$PSScriptRoot/Acceptance.psm1" -Force
    Import-TestedModule
    $manifest = Get-TestedManifest
    $root = Split-Path -Path $manifest -Parent
}

Describe 'Import' {
    It 'takes at most 500 ms' {
        $script = @"
`$process = [System.Diagnostics.Process]::GetCurrentProcess()
`$before = `$process.TotalProcessorTime
`$watch = [System.Diagnostics.Stopwatch]::StartNew()
Import-Module -Name '$manifest'
`$wall = `$watch.ElapsedMilliseconds
`$process.Refresh()
"`$wall `$([int](`$process.TotalProcessorTime - `$before).TotalMilliseconds)"
"@
        $times = 1..5 | ForEach-Object {
            $wall, $processor = (Invoke-FreshPowerShell -Script $script).Output[-1] -split ' '
            [pscustomobject]@{ Wall = [int] $wall; Processor = [int] $processor }
        }
        Write-Host "    import, wall/processor ms: $(($times | ForEach-Object { "$($_.Wall)/$($_.Processor)" }) -join ', ')"
        # Other work on the machine only adds to wall time, so the best of five counts, and on a machine that is never
        # quiet the processor time.
        $best = [math]::Min(($times.Wall | Measure-Object -Minimum).Minimum, ($times.Processor | Measure-Object -Minimum).Minimum)
        $best | Should -BeLessOrEqual 500
    }

    It 'exports what the manifest lists' {
        $listed = (Import-PowerShellDataFile -LiteralPath $manifest).CmdletsToExport | Sort-Object
        (Get-Command -Module LakebaseOps).Name | Sort-Object | Should -Be $listed
    }

    It 'keeps the commands with -Force and after Remove-Module' {
        $script = @"
Import-Module -Name '$manifest'
Import-Module -Name '$manifest' -Force
Import-Module -Name '$manifest' -Force
`$forced = (Get-Command -Module LakebaseOps).Count
Remove-Module -Name LakebaseOps
`$removed = @(Get-Command -Name Start-LakebaseSandbox -ErrorAction Ignore).Count
Import-Module -Name '$manifest'
"`$forced `$removed `$((Get-Command -Module LakebaseOps).Count)"
"@
        $count = (Get-Command -Module LakebaseOps).Count
        (Invoke-FreshPowerShell -Script $script).Output[-1] | Should -Be "$count 0 $count"
    }

    It 'keeps the open sessions with -Force' {
        $script = @"
Import-Module -Name '$manifest'
`$session = Get-LakebaseSandbox -Name acceptance -Path '$(Split-Path -Path $env:LAKEBASE_ACCEPTANCE_SANDBOX -Parent)' | Connect-Lakebase -Name kept
Import-Module -Name '$manifest' -Force
(Get-LakebaseSession).Name
"@
        (Invoke-FreshPowerShell -Script $script).Output[-1] | Should -Be 'kept'
    }

    It 'connects to nothing' {
        $script = @"
Import-Module -Name '$manifest'
@([AppDomain]::CurrentDomain.GetAssemblies().GetName().Name | Where-Object { `$_ -eq 'Npgsql' }).Count
"@
        (Invoke-FreshPowerShell -Script $script).Output[-1] | Should -Be '0'
    }

    It 'works beside another System.Diagnostics.DiagnosticSource' {
        # PowerShell's own copy is in its context before the module brings its own.
        $script = @"
`$null = [System.Diagnostics.DiagnosticListener]::new('first')
Import-Module -Name '$manifest'
`$session = Get-LakebaseSandbox -Name acceptance -Path '$(Split-Path -Path $env:LAKEBASE_ACCEPTANCE_SANDBOX -Parent)' | Connect-Lakebase
`$contexts = [System.Runtime.Loader.AssemblyLoadContext]::All | Where-Object { `$_.Assemblies.GetName().Name -contains 'System.Diagnostics.DiagnosticSource' }
"`$(`$session.IsClosed) `$((`$contexts.Name | Sort-Object) -join ' ')"
"@
        (Invoke-FreshPowerShell -Script $script).Output[-1] | Should -BeLike 'False Default*'
    }

    It 'says what to do when it is not built' {
        $copy = Join-Path -Path $TestDrive -ChildPath unbuilt
        $null = New-Item -ItemType Directory -Path "$copy/module"
        Copy-Item -LiteralPath $manifest -Destination $copy
        Get-ChildItem -Path "$root/module" -Exclude bin | Copy-Item -Destination "$copy/module" -Recurse
        $script = "try { Import-Module -Name '$copy/LakebaseOps.psd1' -ErrorAction Stop } catch { `"`$_`" }"
        (Invoke-FreshPowerShell -Script $script).Output -join ' ' | Should -BeLike '*not built*dotnet run --project build -- module*'
    }
}

Describe 'Types' {
    It 'resolve by name in a script' {
        $script = @"
Import-Module -Name '$manifest'
function Test-Binding { param([LakebaseOps.LakebaseSession] `$Session, [LakebaseOps.FeatureMode] `$Mode) `$Mode }
"`$([LakebaseOps.BulkLoadResult].FullName) `$((Test-Binding -Mode Union).GetType().FullName)"
"@
        (Invoke-FreshPowerShell -Script $script).Output[-1] | Should -BeLike 'LakebaseOps.BulkLoadResult LakebaseOps.FeatureMode'
    }

    It 'of results all lie where PowerShell finds them' {
        foreach ($command in Get-Command -Module LakebaseOps) {
            foreach ($output in $command.OutputType | Where-Object Name -like 'LakebaseOps.*') {
                $output.Name -as [type] | Should -Not -BeNullOrEmpty -Because "$($command.Name) puts out $($output.Name)"
            }
        }
    }
}

Describe 'Files' {
    It 'bring no copy of PowerShell' {
        Get-ChildItem -Path $root -Recurse -Filter System.Management.Automation* | Should -BeNullOrEmpty
    }

    It 'fit Azure Automation: 100 MB, paths shorter than 140 characters' {
        $files = @(Get-Item -LiteralPath $manifest) + @(Get-ChildItem -Path "$root/module" -Recurse -File)
        ($files | Measure-Object -Property Length -Sum).Sum | Should -BeLessOrEqual 100MB
        $longest = $files.FullName | ForEach-Object { 'LakebaseOps'.Length + 1 + [System.IO.Path]::GetRelativePath($root, $_).Length } | Measure-Object -Maximum
        $longest.Maximum | Should -BeLessThan 140
    }
}
