"""One epoch and an evaluation, by transformers' Trainer with PEFT at their defaults.

    {"kind": "epoch", "model": folder, "train": [{"ids", "label"}, ...], "test": [...], "method": {"name": "lora", "rank", "alpha", "targets"},
     "batchSize": 32, "learningRate": 1e-3, "folder": where the Trainer may write}

What belongs to the experiment is given: rows, batch size, learning rate, rank, alpha, adapted modules, a frozen head and no dropout. All else is the
libraries' default. The clock runs from tokenised rows and a loaded model to the accuracy, which is the evidence.
"""

import time

import torch
from model import TARGETS
from peft import LoraConfig, get_peft_model
from transformers import AutoModelForSequenceClassification, AutoTokenizer, Trainer, TrainingArguments


def run_epoch(job, _mode):
    torch.manual_seed(1)  # of the head and of LoRA's A
    tokenizer = AutoTokenizer.from_pretrained(job["model"])
    model = AutoModelForSequenceClassification.from_pretrained(
        job["model"], num_labels=2, hidden_dropout_prob=0.0, attention_probs_dropout_prob=0.0
    )
    train, test = ([features(row) for row in job[part]] for part in ("train", "test"))
    method = job["method"]
    start = time.perf_counter()
    lora = LoraConfig(r=method["rank"], lora_alpha=method["alpha"], target_modules=TARGETS[method["targets"]])
    trainer = Trainer(
        model=get_peft_model(model, lora),
        args=TrainingArguments(
            output_dir=job["folder"],
            use_cpu=True,
            num_train_epochs=1,
            per_device_train_batch_size=job["batchSize"],
            learning_rate=job["learningRate"],
            report_to="none",
            disable_tqdm=True,
        ),
        train_dataset=train,
        eval_dataset=test,
        processing_class=tokenizer,  # its presence makes DataCollatorWithPadding the default
        compute_metrics=lambda found: {"accuracy": float((found.predictions.argmax(1) == found.label_ids).mean())},
    )
    trainer.train()
    accuracy = trainer.evaluate()["eval_accuracy"]
    return {"seconds": [time.perf_counter() - start], "evidence": [accuracy]}


def features(row):
    return {"input_ids": row["ids"], "attention_mask": [1] * len(row["ids"]), "label": row["label"]}
